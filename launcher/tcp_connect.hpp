// A TCP connection to a named host with a deadline for each step, given up at once when somebody says stop.
//
// Blocks the calling thread: for the threads of SSH sessions, not for the job loop.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "base/unique_fd.hpp"
#include "launcher/start_problem.hpp"

namespace scoop::launcher {

enum class Waited { ready, stopped, timed_out };

/// Waits until one of `fd`'s `events` (as for poll) or `stop_fd` is readable or the deadline has passed. A negative
/// `fd` only waits.
[[nodiscard]] Waited wait_until(int fd, short events, int stop_fd, base::TimePoint deadline);

struct TcpTarget {
    std::string name;  ///< a host name or an address
    std::uint16_t port = 22;
    int stop_fd = -1;  ///< readable: give up
    base::Duration step_time_max{};
    std::string source = {};  ///< the address to connect from, or a name of it; empty: any
    int family = 0;           ///< AF_INET or AF_INET6: no others are tried; 0 (AF_UNSPEC): all are
};

/// Tries every address of the name in turn. The problem's step is "resolve" or "connect".
[[nodiscard]] StartResult<base::UniqueFd> connect_tcp(const TcpTarget& target);

}  // namespace scoop::launcher
