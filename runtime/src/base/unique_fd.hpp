// UniqueFd: owns one file descriptor and closes it. Pair/pipe makers return close-on-exec descriptors.
#pragma once

#include <unistd.h>

#include <utility>

#include "base/failure.hpp"

namespace scoop::base {

class UniqueFd {
public:
    UniqueFd() = default;
    explicit UniqueFd(int fd) : fd_(fd) {}
    UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    UniqueFd& operator=(UniqueFd&& other) noexcept {
        if (this != &other) reset(std::exchange(other.fd_, -1));
        return *this;
    }
    ~UniqueFd() { reset(); }

    [[nodiscard]] int get() const { return fd_; }
    [[nodiscard]] explicit operator bool() const { return fd_ >= 0; }
    [[nodiscard]] int release() { return std::exchange(fd_, -1); }
    void reset(int fd = -1) {
        if (fd_ >= 0) ::close(fd_);
        fd_ = fd;
    }

private:
    int fd_ = -1;
};

struct FdPair {
    UniqueFd first;   ///< of a pipe: the end to read from
    UniqueFd second;  ///< of a pipe: the end to write to
};

[[nodiscard]] Result<FdPair> make_pipe();
/// A connected pair of stream sockets (AF_UNIX).
[[nodiscard]] Result<FdPair> make_socket_pair();
[[nodiscard]] Result<void> set_nonblocking(int fd);
[[nodiscard]] Result<void> set_close_on_exec(int fd);
/// The same open file under a number above `number`, close-on-exec, so that making descriptors up to `number` in a
/// child overwrites no original.
[[nodiscard]] Result<UniqueFd> move_above(UniqueFd fd, int number);

}  // namespace scoop::base
