// TcpBinding: where a broker listens for those who come by TCP. A plain value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace scoop::transport {

struct TcpBinding {
    /// "10.0.0.5", "[fd00::5]"; all of them get the same port. Empty: all of this machine, IPv6 and IPv4.
    std::vector<std::string> addresses = {};
    std::uint16_t port_first = 0;  ///< the first free one up to the last; 0: any
    std::uint16_t port_last = 0;
};

}  // namespace scoop::transport
