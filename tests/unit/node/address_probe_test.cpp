// Which addresses of the root broker are tried. Connecting itself is left to the process tests.
#include "node/address_probe.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

using namespace scoop::node;

TEST_CASE("endpoints over TCP are taken apart and put together again") {
    for (const auto& [text, address, port] : std::vector<std::array<std::string, 3>>{
             {"tcp://10.0.0.1:4000", "10.0.0.1", "4000"},
             {"tcp://[fe80::1%eth0]:1", "fe80::1%eth0", "1"},
             {"tcp://[::1]:65535", "::1", "65535"},
         }) {
        const auto endpoint = parse_tcp_endpoint(text);
        REQUIRE_MESSAGE(endpoint, text);
        CHECK(endpoint->address == address);
        CHECK(endpoint->port == port);
        CHECK(to_text(*endpoint) == text);
    }
}

TEST_CASE("what is no endpoint over TCP is refused") {
    for (const char* text : {"", "tcp://", "tcp://:1", "tcp://10.0.0.1", "tcp://10.0.0.1:", "tcp://10.0.0.1:x",
                             "tcp://10.0.0.1:123456", "tcp://::1:5", "tcp://[]:5", "ipc:///tmp/a:5", "10.0.0.1:5"})
        CHECK_MESSAGE(!parse_tcp_endpoint(text), text);
}

TEST_CASE("the address the SSH session came from is tried first, and none twice") {
    const std::vector<std::string> offered{"tcp://10.0.0.1:4000", "tcp://192.168.1.1:4000", "tcp://10.0.0.1:4000"};
    CHECK(probe_candidates(offered, "192.168.1.1 50000 192.168.1.7 22") ==
          std::vector<std::string>{"tcp://192.168.1.1:4000", "tcp://10.0.0.1:4000"});
    CHECK(probe_candidates(offered, "fd00::5 50000 fd00::6 22").front() == "tcp://[fd00::5]:4000");
}

TEST_CASE("without an SSH session what is offered is tried in its order") {
    const std::vector<std::string> offered{"tcp://10.0.0.1:4000", "tcp://[::1]:4000"};
    CHECK(probe_candidates(offered, "") == offered);
}

TEST_CASE("an offer of very many addresses is cut") {
    std::vector<std::string> offered;
    for (int k = 0; k < 1000; ++k) offered.push_back("tcp://10.0.0.1:" + std::to_string(k + 1));
    const auto candidates = probe_candidates(offered, "");
    CHECK(candidates.size() < 100);
    CHECK(candidates.front() == offered.front());
}

TEST_CASE("addresses that cannot be tried are named with the reason") {
    const AddressProbe probe({"bogus", "tcp://host.name:3"}, scoop::base::TimePoint{});
    CHECK(probe.has_failed(scoop::base::TimePoint{} - std::chrono::hours(1)));
    CHECK_FALSE(probe.answered());
    CHECK(probe.failure().reason == "bogus (not an endpoint), tcp://host.name:3 (not a numeric address)");
}
