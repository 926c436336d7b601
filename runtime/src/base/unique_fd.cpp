#include "base/unique_fd.hpp"

#include <fcntl.h>
#include <sys/socket.h>

namespace scoop::base {

Result<FdPair> make_pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return system_failure("make a pipe");
    return FdPair{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

Result<FdPair> make_socket_pair() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return system_failure("make a socket pair");
    return FdPair{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

Result<void> set_nonblocking(int fd) {
    const int flags = ::fcntl(fd, F_GETFL);
    if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
        return system_failure("make a descriptor non-blocking");
    return {};
}

Result<void> set_close_on_exec(int fd) {
    const int flags = ::fcntl(fd, F_GETFD);
    if (flags < 0 || ::fcntl(fd, F_SETFD, flags | FD_CLOEXEC) != 0)
        return system_failure("make a descriptor close on exec");
    return {};
}

Result<UniqueFd> move_above(UniqueFd fd, int number) {
    if (fd.get() > number) return fd;
    UniqueFd copy(::fcntl(fd.get(), F_DUPFD_CLOEXEC, number + 1));
    if (!copy) return system_failure("copy a descriptor");
    return copy;
}

}  // namespace scoop::base
