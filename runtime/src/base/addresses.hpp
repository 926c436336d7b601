// The addresses of this machine. Any thread.
#pragma once

#include <sys/socket.h>

#include <string>
#include <vector>

#include "base/failure.hpp"

namespace scoop::base {

/// An IPv4 or IPv6 address in numbers: "10.0.0.5", "fd00::5", "fe80::1%eth0"; empty for any other kind.
[[nodiscard]] std::string numeric_text(const sockaddr* address);

struct InterfaceAddress {
    std::string text;  ///< "10.0.0.5", "fd00::5", "fe80::1%eth0"
    bool is_v6 = false;
    bool is_up = false;
    bool is_loopback = false;
    bool is_link_local = false;
    std::string interface = {};  ///< "eth0"
};

/// Of all interfaces; empty when the system does not tell.
[[nodiscard]] std::vector<InterfaceAddress> interface_addresses();

/// What other hosts may reach us by, IPv4 first, written as endpoints want it: "10.0.0.5", "[fd00::5]". Loopback only
/// when there is nothing else; link-local addresses never, they mean nothing elsewhere. Pure.
[[nodiscard]] std::vector<std::string> endpoint_addresses(const std::vector<InterfaceAddress>& addresses);

/// Those that `request` means, the value of --interface: an interface ("ib0"), a network ("10.0.0.0/16") or an address;
/// loopback too. A failure names what there is. Pure.
[[nodiscard]] Result<std::vector<InterfaceAddress>> select_addresses(const std::vector<InterfaceAddress>& addresses,
                                                                     const std::string& request);

}  // namespace scoop::base
