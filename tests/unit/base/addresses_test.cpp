// Which of our addresses are offered to other hosts.
#include "base/addresses.hpp"

#include <doctest/doctest.h>

namespace {

using namespace scoop::base;
using Texts = std::vector<std::string>;

InterfaceAddress v4(const std::string& text) { return {text, false, true, false, false}; }
InterfaceAddress v6(const std::string& text) { return {text, true, true, false, false}; }

}  // namespace

TEST_CASE("addresses are offered IPv4 first, IPv6 in brackets") {
    CHECK(endpoint_addresses({v6("fd00::5"), v4("10.0.0.5"), v4("192.168.1.5")}) ==
          Texts{"10.0.0.5", "192.168.1.5", "[fd00::5]"});
}

TEST_CASE("interfaces that are down, loopback and link-local addresses are not offered") {
    auto down = v4("10.0.0.6");
    down.is_up = false;
    auto loopback = v4("127.0.0.1");
    loopback.is_loopback = true;
    auto link_local = v6("fe80::1%eth0");
    link_local.is_link_local = true;
    CHECK(endpoint_addresses({down, loopback, link_local, v4("10.0.0.5")}) == Texts{"10.0.0.5"});
    CHECK(endpoint_addresses({down, loopback, link_local}) == Texts{"127.0.0.1"});
    CHECK(endpoint_addresses({}) == Texts{"127.0.0.1"});
}
