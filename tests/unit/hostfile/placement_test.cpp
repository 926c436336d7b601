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
        hosts.push_back({"h" + std::to_string(index), slots[index], std::nullopt, ""});
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
        const auto placed = place(hosts_of(row.slots), {.workers = row.workers});
        REQUIRE(placed);
        CHECK(described(*placed) == row.placed);
        CHECK(described(*place(hosts_of(row.slots),
                               {.workers = row.workers, .oversubscription = Oversubscription::allow})) == row.placed);
    }
}

TEST_CASE("surplus workers are dealt in turn, each host's ranks stay together") {
    CHECK(described(*place(hosts_of({2, 2}), {.workers = 7, .oversubscription = Oversubscription::allow})) ==
          "0:0,1,2,3 1:4,5,6");
    CHECK(described(*place(hosts_of({1, 3}), {.workers = 5, .oversubscription = Oversubscription::allow})) ==
          "0:0,1 1:2,3,4");
    CHECK(place(hosts_of({2}), {.workers = 64, .oversubscription = Oversubscription::allow})->front().ranks.size() ==
          64);
}

TEST_CASE("more workers than slots are refused with the table of slots") {
    const auto placed = place({{"node01", 4, {}, "hosts:1"}, {"b", 16, {}, "usable CPUs"}}, {.workers = 21});
    REQUIRE_FALSE(placed);
    CHECK(placed.error().sentence() ==
          "place 21 workers: the 2 hosts have 20 slots; give -n 20 or less, more hosts or slots, or --oversubscribe\n"
          "    host    slots  why\n"
          "    node01      4  hosts:1\n"
          "    b          16  usable CPUs");
    CHECK(place(hosts_of({1}), {.workers = 2}).error().reason.starts_with("the host has 1 slot; "));
}

TEST_CASE("the table of very many hosts is cut") {
    const auto placed = place(hosts_of(std::vector<std::uint32_t>(1000, 1)), {.workers = 1001});
    REQUIRE_FALSE(placed);
    CHECK(placed.error().reason.ends_with("\n    h19       1\n    … and 980 more hosts"));
}

TEST_CASE("max_slots holds even when oversubscribing") {
    const std::vector<HostSlots> hosts{{"a", 2, 3, ""}, {"b", 1, std::nullopt, ""}, {"c", 8, 2, ""}};
    CHECK(described(*place(hosts, {})) == "0:0,1 1:2 2:3,4");
    CHECK(described(*place(hosts, {.workers = 9, .oversubscription = Oversubscription::allow})) ==
          "0:0,1,2 1:3,4,5,6 2:7,8");

    const auto placed = place({{"a", 1, 2, "hosts:1"}, {"b", 1, 3, "hosts:2"}},
                              {.workers = 6, .oversubscription = Oversubscription::allow});
    REQUIRE_FALSE(placed);
    CHECK(placed.error().sentence() ==
          "place 6 workers: the 2 hosts have room for 5 by their max_slots\n"
          "    host  max_slots  why\n"
          "    a             2  hosts:1\n"
          "    b             3  hosts:2");
}

TEST_CASE("by host the ranks are dealt in turn, and a full host is passed over") {
    const auto by_host = [](const std::vector<std::uint32_t>& slots, std::optional<std::uint32_t> workers,
                            Oversubscription oversubscription = Oversubscription::refuse) {
        return described(*place(
            hosts_of(slots), {.workers = workers, .mapping = Mapping::by_host, .oversubscription = oversubscription}));
    };
    CHECK(by_host({2, 2}, std::nullopt) == "0:0,2 1:1,3");
    CHECK(by_host({3, 1, 2}, std::nullopt) == "0:0,3,5 1:1 2:2,4");
    CHECK(by_host({8, 8, 8}, 2) == "0:0 1:1");
    CHECK(by_host({1, 2}, 5, Oversubscription::allow) == "0:0,3 1:1,2,4");
}

TEST_CASE("so many on each host and no more") {
    CHECK(described(*place(hosts_of({4, 4}), {.per_host = 2})) == "0:0,1 1:2,3");
    CHECK(described(*place(hosts_of({4, 4}), {.workers = 3, .per_host = 2})) == "0:0,1 1:2");
    CHECK(described(*place(hosts_of({4, 4}), {.per_host = 2, .mapping = Mapping::by_host})) == "0:0,2 1:1,3");
    CHECK(described(*place(hosts_of({1, 4}), {.per_host = 2, .oversubscription = Oversubscription::allow})) ==
          "0:0,1 1:2,3");
}

TEST_CASE("what has no place because of -N is refused with the option that helps") {
    CHECK(place(hosts_of({8, 8}), {.workers = 5, .per_host = 2}).error().sentence() ==
          "place 5 workers: the 2 hosts have room for 4 with -N 2; give a larger -N, a smaller -n or more hosts");
    CHECK(place(hosts_of({8, 1}), {.per_host = 2}).error().sentence() ==
          "place 4 workers: the 2 hosts have 3 slots with -N 2; give a smaller -N, more hosts or slots, or "
          "--oversubscribe\n"
          "    host  slots  why\n"
          "    h0        8\n"
          "    h1        1");
    CHECK(place(hosts_of({8, 1}), {.workers = 4, .per_host = 2})
              .error()
              .reason.starts_with("the 2 hosts have 3 slots with -N 2; give -n 3 or less, "));
    CHECK(place({{"a", 1, 1, ""}}, {.per_host = 2, .oversubscription = Oversubscription::allow})
              .error()
              .reason.starts_with("the host has room for 1 by their max_slots"));
}

TEST_CASE("a job has a largest size") {
    CHECK(place(hosts_of({1}), {.workers = workers_max, .oversubscription = Oversubscription::allow}));
    CHECK_FALSE(place(hosts_of({1}), {.workers = workers_max + 1, .oversubscription = Oversubscription::allow}));
    CHECK_FALSE(place(hosts_of(std::vector<std::uint32_t>(70'000, 65'535)), {}));
}

}  // namespace
