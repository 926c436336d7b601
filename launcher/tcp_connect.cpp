#include "launcher/tcp_connect.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>
#include <vector>

#include "base/addresses.hpp"
#include "launcher/name_lookup.hpp"

namespace scoop::launcher {

namespace {

StartProblem resolve_problem(const TcpTarget& target, const std::string& said) {
    return {"resolve", said,
            "check the name; `getent hosts " + target.name + "` must find it, or ~/.ssh/config give it a HostName"};
}

void keep_family(std::vector<SocketAddress>& addresses, int family) {
    std::erase_if(addresses, [family](const SocketAddress& address) { return address.storage.ss_family != family; });
}

StartResult<std::vector<SocketAddress>> resolve(const TcpTarget& target) {
    const NameLookup lookup(target.name, target.port);
    switch (wait_until(lookup.fd(), POLLIN, target.stop_fd, base::Clock::now() + target.step_time_max)) {
        case Waited::stopped: return tl::unexpected(resolve_problem(target, "given up"));
        case Waited::timed_out:
            return tl::unexpected(
                resolve_problem(target, "resolve " + target.name + ": the name service does not answer"));
        case Waited::ready: break;
    }
    auto addresses = lookup.result();
    if (!addresses) return tl::unexpected(resolve_problem(target, addresses.error().sentence()));
    if (target.family != AF_UNSPEC) keep_family(*addresses, target.family);
    if (addresses->empty())
        return tl::unexpected(resolve_problem(target, target.name + " has no address of the AddressFamily asked for"));
    return std::move(*addresses);
}

// The address to connect to others of that family from; none if it may be any.
StartResult<std::vector<SocketAddress>> resolve_source(const TcpTarget& target) {
    if (target.source.empty()) return {};
    TcpTarget source = target;
    source.name = target.source;
    source.port = 0;
    return resolve(source);
}

// Connects to one address; 0 or the error number, with ECANCELED for a stop.
int connect_one(const SocketAddress& address, const TcpTarget& target, std::vector<SocketAddress> sources,
                base::UniqueFd& connection) {
    base::UniqueFd fd(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) return errno;
    if (!target.source.empty()) {
        keep_family(sources, address.storage.ss_family);
        if (sources.empty()) return EAFNOSUPPORT;
        if (::bind(fd.get(), sources.front().get(), sources.front().size) != 0) return errno;
    }
    if (::connect(fd.get(), address.get(), address.size) != 0) {
        if (errno != EINPROGRESS) return errno;
        switch (wait_until(fd.get(), POLLOUT, target.stop_fd, base::Clock::now() + target.step_time_max)) {
            case Waited::stopped: return ECANCELED;
            case Waited::timed_out: return ETIMEDOUT;
            case Waited::ready: break;
        }
        int error = 0;
        socklen_t size = sizeof error;
        if (::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
        if (error != 0) return error;
    }
    // Heartbeats and credits are small and must not wait for each other's acknowledgement.
    const int one = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    connection = std::move(fd);
    return 0;
}

}  // namespace

Waited wait_until(int fd, short events, int stop_fd, base::TimePoint deadline) {
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - base::Clock::now()).count();
        pollfd fds[] = {{stop_fd, POLLIN, 0}, {fd, events, 0}};
        const int count = ::poll(fds, 2, static_cast<int>(std::clamp<long long>(left, 0, 1'000'000'000)));
        if (count < 0 && errno == EINTR) continue;
        if (fds[0].revents != 0) return Waited::stopped;
        if (fds[1].revents != 0) return Waited::ready;
        if (base::Clock::now() >= deadline) return Waited::timed_out;
    }
}

StartResult<base::UniqueFd> connect_tcp(const TcpTarget& target) {
    auto addresses = resolve(target);
    if (!addresses) return tl::unexpected(addresses.error());
    const auto sources = resolve_source(target);
    if (!sources) return tl::unexpected(sources.error());
    std::string said;
    for (const SocketAddress& address : *addresses) {
        base::UniqueFd connection;
        const int error = connect_one(address, target, *sources, connection);
        if (error == 0) return connection;
        said += (said.empty() ? "" : "\n") + std::string("connect ") + base::numeric_text(address.get()) + " port " +
                std::to_string(target.port) + ": " + std::strerror(error);
        if (error == ECANCELED) break;
    }
    return tl::unexpected(StartProblem{"connect", said,
                                       "is the host up, and does its sshd listen on port " +
                                           std::to_string(target.port) + "? A firewall may be in the way"});
}

}  // namespace scoop::launcher
