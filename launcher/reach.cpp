#include "launcher/reach.hpp"

#include <utility>

#include "base/addresses.hpp"

namespace scoop::launcher {

base::Result<ListeningAddresses> listening_addresses(const ReachSetup& reach) {
    auto addresses = base::interface_addresses();
    ListeningAddresses listening{{{}, reach.port_first, reach.port_last}, {}, "127.0.0.1"};
    if (!reach.interface.empty()) {
        auto selected = base::select_addresses(addresses, reach.interface);
        if (!selected) return tl::unexpected(std::move(selected.error()));
        addresses = std::move(*selected);
        listening.binding.addresses = base::endpoint_addresses(addresses);
        listening.own = addresses.front().text;
    }
    listening.offered = base::endpoint_addresses(addresses);
    return listening;
}

}  // namespace scoop::launcher
