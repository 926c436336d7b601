// Where this machine listens for other hosts, as --interface and --port-range say. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/failure.hpp"
#include "protocol/control.hpp"
#include "transport/tcp_binding.hpp"

namespace scoop::launcher {

/// How other hosts reach the root broker.
struct ReachSetup {
    std::string interface;         ///< of this machine, as --interface says; empty: all
    std::uint16_t port_first = 0;  ///< 0: any
    std::uint16_t port_last = 0;
    control::Tunnel tunnel = control::Tunnel::automatic;
};

struct ListeningAddresses {
    transport::TcpBinding binding;
    std::vector<std::string> offered;  ///< to other hosts, as endpoints want them
    std::string own;                   ///< by which this process reaches what is bound
};

/// Looks at the interfaces of this machine. A Failure names those that there are.
[[nodiscard]] base::Result<ListeningAddresses> listening_addresses(const ReachSetup& reach);

}  // namespace scoop::launcher
