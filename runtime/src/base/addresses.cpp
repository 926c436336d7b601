#include "base/addresses.hpp"

#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>

#include <memory>
#include <utility>

namespace scoop::base {

namespace {

bool is_link_local(const sockaddr* address) {
    if (address->sa_family == AF_INET6)
        return IN6_IS_ADDR_LINKLOCAL(&reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr);
    const auto number = ntohl(reinterpret_cast<const sockaddr_in*>(address)->sin_addr.s_addr);
    return (number >> 16) == 0xa9fe;  // 169.254.0.0/16, RFC 3927
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
                             (one->ifa_flags & IFF_LOOPBACK) != 0, is_link_local(one->ifa_addr)});
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

}  // namespace scoop::base
