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

TEST_CASE("the addresses of --interface are chosen by name, network or address") {
    auto eth = v4("10.1.0.5");
    eth.interface = "eth0";
    auto eth_v6 = v6("fd00:1::5");
    eth_v6.interface = "eth0";
    auto link_local = v6("fe80::1%eth0");
    link_local.interface = "eth0";
    link_local.is_link_local = true;
    auto ib = v4("10.2.0.5");
    ib.interface = "ib0";
    auto lo = v4("127.0.0.1");
    lo.interface = "lo";
    lo.is_loopback = true;
    const std::vector<InterfaceAddress> all{lo, eth, ib, eth_v6, link_local};
    const auto chosen = [&](const std::string& request) {
        const auto selected = select_addresses(all, request);
        return selected ? endpoint_addresses(*selected) : Texts{selected.error().sentence()};
    };
    CHECK(chosen("eth0") == Texts{"10.1.0.5", "[fd00:1::5]"});
    CHECK(chosen("lo") == Texts{"127.0.0.1"});
    CHECK(chosen("10.2.0.0/16") == Texts{"10.2.0.5"});
    CHECK(chosen("10.0.0.0/14") == Texts{"10.1.0.5", "10.2.0.5"});
    CHECK(chosen("10.0.0.0/15") == Texts{"10.1.0.5"});
    CHECK(chosen("fd00::/8") == Texts{"[fd00:1::5]"});
    CHECK(chosen("10.2.0.5") == Texts{"10.2.0.5"});
    CHECK(chosen("0.0.0.0/0") == Texts{"127.0.0.1", "10.1.0.5", "10.2.0.5"});
    const std::string there = "those that are up: lo (127.0.0.1), eth0 (10.1.0.5, fd00:1::5), ib0 (10.2.0.5)";
    CHECK(chosen("eth") == Texts{"--interface eth: there is no interface of that name with an address; " + there});
    CHECK(chosen("10.3.0.0/16") == Texts{"--interface 10.3.0.0/16: this machine has no address there; " + there});
    CHECK_FALSE(select_addresses(all, "10.1.0.5/33"));
    CHECK_FALSE(select_addresses(all, "10.1.0.5/"));
    CHECK(select_addresses({}, "eth0").error().advice == "those that are up: none");
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
