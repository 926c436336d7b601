#include "base/addresses.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace scoop::base {

namespace {

bool is_link_local(const sockaddr* address) {
    if (address->sa_family == AF_INET6)
        return IN6_IS_ADDR_LINKLOCAL(&reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr);
    const auto number = ntohl(reinterpret_cast<const sockaddr_in*>(address)->sin_addr.s_addr);
    return (number >> 16) == 0xa9fe;  // 169.254.0.0/16, RFC 3927
}

struct Network {
    bool is_v6 = false;
    std::array<unsigned char, 16> bytes{};
    std::size_t bits = 0;  ///< that an address must share

    [[nodiscard]] bool has(const Network& address) const {
        if (is_v6 != address.is_v6) return false;
        for (std::size_t bit = 0; bit < bits; ++bit)
            if (((bytes[bit / 8] ^ address.bytes[bit / 8]) >> (7 - bit % 8) & 1) != 0) return false;
        return true;
    }
};

// "10.0.0.0/8", "fd00::/16"; an address alone is a network of one.
std::optional<Network> parse_network(const std::string& text) {
    const std::size_t slash = text.find('/');
    const std::string address = text.substr(0, slash);
    Network network;
    network.is_v6 = address.find(':') != std::string::npos;
    if (::inet_pton(network.is_v6 ? AF_INET6 : AF_INET, address.c_str(), network.bytes.data()) != 1)
        return std::nullopt;
    network.bits = network.is_v6 ? 128 : 32;
    if (slash == std::string::npos) return network;
    const std::string_view prefix = std::string_view(text).substr(slash + 1);
    std::size_t bits = 0;
    const auto [end, error] = std::from_chars(prefix.data(), prefix.data() + prefix.size(), bits);
    if (error != std::errc{} || end != prefix.data() + prefix.size() || bits > network.bits) return std::nullopt;
    network.bits = bits;
    return network;
}

// "eth0 (10.0.0.5, fd00::5), docker0 (172.17.0.1)"
std::string describe(const std::vector<InterfaceAddress>& addresses) {
    std::vector<std::string> names;
    for (const auto& one : addresses)
        if (std::find(names.begin(), names.end(), one.interface) == names.end()) names.push_back(one.interface);
    std::string text;
    for (const std::string& name : names) {
        std::string own;
        for (const auto& one : addresses)
            if (one.interface == name) own += (own.empty() ? "" : ", ") + one.text;
        text += (text.empty() ? "" : ", ") + name + " (" + own + ")";
    }
    return text.empty() ? "none" : text;
}

}  // namespace

std::string numeric_text(const sockaddr* address) {
    if (address->sa_family != AF_INET && address->sa_family != AF_INET6) return {};
    const socklen_t size = address->sa_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
    char text[NI_MAXHOST] = {};
    return ::getnameinfo(address, size, text, sizeof text, nullptr, 0, NI_NUMERICHOST) == 0 ? text : "";
}

std::vector<InterfaceAddress> interface_addresses() {
    std::vector<InterfaceAddress> addresses;
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) return addresses;
    const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(list, &::freeifaddrs);
    for (const ifaddrs* one = list; one != nullptr; one = one->ifa_next) {
        std::string text = one->ifa_addr != nullptr ? numeric_text(one->ifa_addr) : "";
        if (text.empty()) continue;
        addresses.push_back({std::move(text), one->ifa_addr->sa_family == AF_INET6, (one->ifa_flags & IFF_UP) != 0,
                             (one->ifa_flags & IFF_LOOPBACK) != 0, is_link_local(one->ifa_addr), one->ifa_name});
    }
    return addresses;
}

std::vector<std::string> endpoint_addresses(const std::vector<InterfaceAddress>& addresses) {
    std::vector<std::string> texts;
    for (const bool is_v6 : {false, true})
        for (const auto& one : addresses)
            if (one.is_v6 == is_v6 && one.is_up && !one.is_loopback && !one.is_link_local)
                texts.push_back(is_v6 ? "[" + one.text + "]" : one.text);
    if (texts.empty()) texts.emplace_back("127.0.0.1");
    return texts;
}

Result<std::vector<InterfaceAddress>> select_addresses(const std::vector<InterfaceAddress>& addresses,
                                                       const std::string& request) {
    const auto network = parse_network(request);
    std::vector<InterfaceAddress> selected;
    std::vector<InterfaceAddress> usable;
    for (const auto& one : addresses) {
        // Link-local ones mean nothing on other hosts.
        if (!one.is_up || one.is_link_local) continue;
        usable.push_back(one);
        const auto address = parse_network(one.text);
        const bool is_meant = network ? address && network->has(*address) : one.interface == request;
        if (!is_meant) continue;
        selected.push_back(one);
        selected.back().is_loopback = false;  // it was asked for
    }
    if (!selected.empty()) return selected;
    return failure("--interface " + request,
                   network ? "this machine has no address there" : "there is no interface of that name with an address",
                   "those that are up: " + describe(usable));
}

}  // namespace scoop::base
