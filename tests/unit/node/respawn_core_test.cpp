// Which workers are replaced, and when.
#include "node/respawn_core.hpp"

#include <doctest/doctest.h>

#include <chrono>

namespace {

using namespace scoop;
using namespace std::chrono_literals;

const base::TimePoint begin{1h};

/// The only one that is due; its rank and incarnation as a number: 3002 is rank 3 under incarnation 2.
std::uint32_t due(node::RespawnCore& core, base::TimePoint now) {
    const auto next = core.take_due(now);
    if (next.empty()) return 0;
    REQUIRE(next.size() == 1);
    return next.front().rank * 1000 + next.front().incarnation;
}

}  // namespace

TEST_CASE("who has lived for a while is replaced at once, when its exit was reported") {
    node::RespawnCore core({3, 4}, begin);
    CHECK(core.on_end(3, begin + 5s));
    CHECK(core.will_replace(3));
    CHECK(due(core, begin + 5s) == 0);
    CHECK(core.next_due() == base::TimePoint::max());
    core.on_reported(3);
    CHECK(core.next_due() == begin + 5s);
    CHECK(due(core, begin + 5s) == 3001);
    CHECK(due(core, begin + 9s) == 0);
    CHECK(core.next_due() == base::TimePoint::max());
}

TEST_CASE("those that end at once come later and later, and then no more") {
    node::RespawnCore core({3}, begin);
    base::TimePoint now = begin;
    base::Duration delay = node::delay_first;
    for (std::uint32_t k = 1; k < node::short_lives_max; ++k) {
        CAPTURE(k);
        REQUIRE(core.on_end(3, now));
        core.on_reported(3);
        CHECK(core.next_due() == now + delay);
        CHECK(due(core, now + delay - 1ms) == 0);
        now += delay;
        CHECK(due(core, now) == 3000 + k);
        delay = std::min<base::Duration>(2 * delay, node::delay_last);
    }
    CHECK_FALSE(core.on_end(3, now));
    CHECK_FALSE(core.will_replace(3));
    core.on_reported(3);
    CHECK(due(core, now + 1h) == 0);
}

TEST_CASE("a longer life lets the short ones before it be forgotten") {
    node::RespawnCore core({3}, begin);
    base::TimePoint now = begin;
    for (std::uint32_t k = 1; k < 3 * node::short_lives_max; ++k) {
        now += k % 5 == 0 ? node::short_life : 0s;
        REQUIRE(core.on_end(3, now));
        core.on_reported(3);
        now = core.next_due();
        CHECK(due(core, now) == 3000 + k);
    }
}

TEST_CASE("a time that nobody had does not shorten the wait") {
    node::RespawnCore core({3}, begin);
    CHECK(core.on_end(3, begin));
    core.on_reported(3);
    core.on_pause(10s);
    CHECK(core.next_due() == begin + node::delay_first + 10s);
}
