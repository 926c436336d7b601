// Which CPUs each worker is bound to.
#include "base/cpu_shares.hpp"

#include <doctest/doctest.h>

using namespace scoop;
using base::CpuSet;
using Sets = std::vector<CpuSet>;

namespace {

const Sets pairs{{0, 4}, {1, 5}, {2, 6}, {3, 7}};  // cores with two CPUs each, as most machines number them
const Sets sockets{{0, 1, 4, 5}, {2, 3, 6, 7}};

CpuSet first_cpus(std::uint32_t count) {
    CpuSet cpus;
    for (std::uint32_t cpu = 0; cpu < count; ++cpu) cpus.push_back(cpu);
    return cpus;
}

Sets dealt(const Sets& units, std::size_t workers, const CpuSet& mask = first_cpus(8)) {
    const auto result = base::deal_cpus({mask, static_cast<std::uint32_t>(mask.size()), units}, workers);
    REQUIRE(result);
    return *result;
}

}  // namespace

TEST_CASE("each worker gets its share of whole cores") {
    CHECK(dealt(pairs, 4) == pairs);
    CHECK(dealt(pairs, 2) == Sets{{0, 1, 4, 5}, {2, 3, 6, 7}});
    CHECK(dealt(pairs, 1) == Sets{first_cpus(8)});
    CHECK(dealt(pairs, 3) == Sets{{0, 4}, {1, 5}, {2, 3, 6, 7}});
}

TEST_CASE("neighbours share a core when there are fewer cores than workers") {
    CHECK(dealt(pairs, 8) == Sets{{0, 4}, {0, 4}, {1, 5}, {1, 5}, {2, 6}, {2, 6}, {3, 7}, {3, 7}});
    CHECK(dealt(sockets, 4) == Sets{sockets[0], sockets[0], sockets[1], sockets[1]});
    CHECK(dealt(sockets, 3) == Sets{sockets[0], sockets[1], sockets[1]});
}

TEST_CASE("a socket of which less may be used gets fewer workers") {
    CHECK(dealt(sockets, 4, {0, 1, 2, 4, 5}) == Sets{sockets[0], sockets[0], sockets[0], {2}});
}

TEST_CASE("nobody is bound outside of the mask") {
    CHECK(dealt(pairs, 2, {1, 2, 6}) == Sets{{1}, {2, 6}});
    CHECK(dealt(pairs, 1, {3}) == Sets{{3}});
    CHECK(dealt({}, 2, {3, 9}) == Sets{{3, 9}, {3, 9}});
}

TEST_CASE("a CPU of two units is dealt once") { CHECK(dealt({{0, 1}, {0, 1}}, 1, {0, 1}) == Sets{{0, 1}}); }

TEST_CASE("more workers than usable CPUs are not bound") {
    const auto refused = base::deal_cpus({first_cpus(8), 2, pairs}, 3);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().reason == "3 workers are more than its 2 usable CPUs");
    CHECK(base::deal_cpus({{5}, 2, pairs}, 2).error().reason == "2 workers are more than its 1 usable CPU");
    CHECK(base::deal_cpus({first_cpus(2), 2, pairs}, 0)->empty());
}
