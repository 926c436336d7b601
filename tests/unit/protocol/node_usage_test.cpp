#include "protocol/node_usage.hpp"

#include <doctest/doctest.h>

using namespace scoop::control;

TEST_CASE("what a host uses travels as it is") {
    NodeUsage usage{{40, 500, "ulimit -u"}, {30, {}, {}}, {{0, 10, 12}, {7, 4096, 100000}}};
    const std::string payload = to_payload(usage);
    const auto read = parse_node_usage(payload);
    REQUIRE(read);
    CHECK(read->processes.text() == usage.processes.text());
    CHECK(read->descriptors.text() == "30");
    REQUIRE(read->workers.size() == 2);
    CHECK(read->workers[1].rank == 7);
    CHECK(read->workers[1].resident_mib == 4096);
    CHECK(read->workers[1].peak_mib == 100000);
    for (std::size_t size = 0; size < payload.size(); ++size) CHECK_FALSE(parse_node_usage(payload.substr(0, size)));
    CHECK_FALSE(parse_node_usage(payload + "x"));
}
