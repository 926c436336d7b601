// Placement of ranks on hosts.
#include "hostfile/placement.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

using namespace scoop::hostfile;

/// Hosts h0, h1, … with these slots.
std::vector<HostSlots> hosts_of(const std::vector<std::uint32_t>& slots) {
    std::vector<HostSlots> hosts;
    for (std::size_t index = 0; index < slots.size(); ++index)
        hosts.push_back({"h" + std::to_string(index), slots[index], std::nullopt});
    return hosts;
}

/// "0:0,1 1:2" for ranks 0 and 1 on host 0 and rank 2 on host 1.
std::string described(const std::vector<HostRanks>& placed) {
    std::string text;
    for (const HostRanks& host : placed) {
        text += (text.empty() ? "" : " ") + std::to_string(host.host) + ":";
        for (std::size_t index = 0; index < host.ranks.size(); ++index)
            text += (index == 0 ? "" : ",") + std::to_string(host.ranks[index]);
    }
    return text;
}

TEST_CASE("placement fills the first host before the next") {
    struct Row {
        std::vector<std::uint32_t> slots;
        std::optional<std::uint32_t> workers;
        const char* placed;
    };
    for (const Row& row : std::vector<Row>{
             {{1}, std::nullopt, "0:0"},
             {{2, 2}, std::nullopt, "0:0,1 1:2,3"},
             {{2, 2}, 4, "0:0,1 1:2,3"},
             {{2, 2}, 3, "0:0,1 1:2"},
             {{2, 2}, 2, "0:0,1"},  // the second host is left out
             {{2, 2}, 1, "0:0"},
             {{1, 3, 1}, 4, "0:0 1:1,2,3"},
         }) {
        CAPTURE(row.placed);
        const auto placed = place(hosts_of(row.slots), row.workers, Oversubscription::refuse);
        REQUIRE(placed);
        CHECK(described(*placed) == row.placed);
        CHECK(described(*place(hosts_of(row.slots), row.workers, Oversubscription::allow)) == row.placed);
    }
}

TEST_CASE("surplus workers are dealt round-robin, each host's ranks stay together") {
    CHECK(described(*place(hosts_of({2, 2}), 7, Oversubscription::allow)) == "0:0,1,2,3 1:4,5,6");
    CHECK(described(*place(hosts_of({1, 3}), 5, Oversubscription::allow)) == "0:0,1 1:2,3,4");
    CHECK(place(hosts_of({2}), 64, Oversubscription::allow)->front().ranks.size() == 64);
}

TEST_CASE("more workers than slots are refused with the table of slots") {
    const auto placed = place({{"node01", 4, {}}, {"b", 16, {}}}, 21, Oversubscription::refuse);
    REQUIRE_FALSE(placed);
    CHECK(placed.error().sentence() ==
          "place 21 workers: the 2 hosts have 20 slots; give -n 20 or less, more hosts or slots, or --oversubscribe\n"
          "    host    slots\n"
          "    node01      4\n"
          "    b          16");
    CHECK(place(hosts_of({1}), 2, Oversubscription::refuse).error().reason.starts_with("the host has 1 slot; "));
}

TEST_CASE("the table of very many hosts is cut") {
    const auto placed = place(hosts_of(std::vector<std::uint32_t>(1000, 1)), 1001, Oversubscription::refuse);
    REQUIRE_FALSE(placed);
    CHECK(placed.error().reason.ends_with("\n    h19       1\n    … and 980 more hosts"));
}

TEST_CASE("max_slots holds even when oversubscribing") {
    const std::vector<HostSlots> hosts{{"a", 2, 3}, {"b", 1, std::nullopt}, {"c", 8, 2}};
    CHECK(described(*place(hosts, std::nullopt, Oversubscription::refuse)) == "0:0,1 1:2 2:3,4");
    CHECK(described(*place(hosts, 9, Oversubscription::allow)) == "0:0,1,2 1:3,4,5,6 2:7,8");

    const auto placed = place({{"a", 1, 2}, {"b", 1, 3}}, 6, Oversubscription::allow);
    REQUIRE_FALSE(placed);
    CHECK(placed.error().sentence() ==
          "place 6 workers: the 2 hosts have room for 5 by their max_slots\n"
          "    host  max_slots\n"
          "    a             2\n"
          "    b             3");
}

TEST_CASE("a job has a largest size") {
    CHECK(place(hosts_of({1}), workers_max, Oversubscription::allow));
    CHECK_FALSE(place(hosts_of({1}), workers_max + 1, Oversubscription::allow));
    CHECK_FALSE(place(hosts_of(std::vector<std::uint32_t>(70'000, 65'535)), std::nullopt, Oversubscription::refuse));
}

}  // namespace
