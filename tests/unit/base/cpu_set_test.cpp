// CPUs by their numbers, and what hwloc says of a machine.
#include "base/cpu_set.hpp"

#include <doctest/doctest.h>

#include <thread>

#include "base/cpu_topology.hpp"

using namespace scoop::base;

TEST_CASE("CPUs are listed as the kernel lists them") {
    CHECK(cpu_list_text({}).empty());
    CHECK(cpu_list_text({7}) == "7");
    CHECK(cpu_list_text({0, 1, 2, 3, 8}) == "0-3,8");
    CHECK(cpu_list_text({0, 2, 3}) == "0,2-3");
}

TEST_CASE("what is in both sets is common to them") {
    CHECK(common_cpus({0, 1, 4}, {1, 2, 4, 9}) == CpuSet{1, 4});
    CHECK(common_cpus({0}, {1}).empty());
}

TEST_CASE("a thread that is bound stays so, and no other is") {
    const CpuSet before = affinity_mask();
    REQUIRE_FALSE(before.empty());
    CpuSet bound;
    std::thread([&] {
        CHECK(bind_this_thread({before.back()}));
        bound = affinity_mask();
    }).join();
    CHECK(bound == CpuSet{before.back()});
    CHECK(affinity_mask() == before);
}

TEST_CASE("CPUs that no machine has are refused by name") {
    const auto bound = bind_this_thread({400'000});
    REQUIRE_FALSE(bound);
    CHECK(bound.error().sentence() == "bind to CPUs 400000: invalid argument");
    CHECK_FALSE(bind_this_thread({}));
}

TEST_CASE("hwloc tells which CPUs are of one core, socket or NUMA node") {
    const std::string machine = "pack:2 numa:1 core:2 pu:2";
    CHECK(*read_cpu_units(CpuUnit::core, machine) == std::vector<CpuSet>{{0, 1}, {2, 3}, {4, 5}, {6, 7}});
    CHECK(*read_cpu_units(CpuUnit::socket, machine) == std::vector<CpuSet>{{0, 1, 2, 3}, {4, 5, 6, 7}});
    CHECK(*read_cpu_units(CpuUnit::numa, "numa:4 core:2 pu:1") == std::vector<CpuSet>{{0, 1}, {2, 3}, {4, 5}, {6, 7}});
}

TEST_CASE("a machine that knows no cores or sockets is one socket of CPUs") {
    CHECK(*read_cpu_units(CpuUnit::core, "pu:3") == std::vector<CpuSet>{{0}, {1}, {2}});
    CHECK(*read_cpu_units(CpuUnit::socket, "pu:3") == std::vector<CpuSet>{{0, 1, 2}});
    CHECK_FALSE(read_cpu_units(CpuUnit::core, "nonsense"));
}
