// Heartbeats, silence, and a clock that jumps.
#include "node/liveness.hpp"

#include <doctest/doctest.h>

namespace {

using namespace scoop;
using namespace std::chrono_literals;

const base::TimePoint begin{1h};

node::Liveness make() { return {begin, 1s, 15s}; }

// A loop that wakes every second until `end`, hearing nothing.
void run_quietly(node::Liveness& liveness, base::TimePoint from, base::TimePoint end) {
    for (auto now = from; now < end; now += 1s) {
        CHECK(liveness.on_turn(now) == 0s);
        (void)liveness.take_heartbeat(now);
        (void)liveness.on_sleep(now + 1s);
    }
}

}  // namespace

TEST_CASE("a heartbeat is due once per interval") {
    auto liveness = make();
    CHECK_FALSE(liveness.take_heartbeat(begin + 999ms));
    CHECK(liveness.take_heartbeat(begin + 1s));
    CHECK_FALSE(liveness.take_heartbeat(begin + 1s));
    CHECK(liveness.take_heartbeat(begin + 2s));
}

TEST_CASE("the loop is woken for the next heartbeat, for silence, or earlier for its own reasons") {
    auto liveness = make();
    CHECK(liveness.on_sleep(base::TimePoint::max()) == begin + 1s);
    CHECK(liveness.on_sleep(begin + 300ms) == begin + 300ms);
    node::Liveness impatient(begin, 10s, 2s);
    CHECK(impatient.on_sleep(base::TimePoint::max()) == begin + 2s);
}

TEST_CASE("silence is judged from the last word on") {
    auto liveness = make();
    CHECK_FALSE(liveness.is_silent(begin + 14s));
    CHECK(liveness.is_silent(begin + 15s));
    liveness.on_heard(begin + 14s);
    CHECK_FALSE(liveness.is_silent(begin + 28s));
    CHECK(liveness.is_silent(begin + 29s));
    liveness.stop_listening();
    liveness.on_heard(begin + 30s);
    CHECK_FALSE(liveness.is_silent(begin + 1h));
}

TEST_CASE("by agreement both sides say and expect nothing until it goes on") {
    auto liveness = make();
    liveness.suspend();
    CHECK(liveness.on_sleep(base::TimePoint::max()) == base::TimePoint::max());
    CHECK(liveness.on_turn(begin + 1h) == 0s);
    CHECK_FALSE(liveness.is_silent(begin + 1h));
    CHECK_FALSE(liveness.take_heartbeat(begin + 1h));
    liveness.resume(begin + 1h);
    CHECK(liveness.take_heartbeat(begin + 1h));
    CHECK_FALSE(liveness.is_silent(begin + 1h + 14s));
    CHECK(liveness.is_silent(begin + 1h + 15s));
}

TEST_CASE("a suspended process does not take its own absence for the other side's") {
    auto liveness = make();
    run_quietly(liveness, begin, begin + 10s);
    const auto pause = liveness.on_turn(begin + 1h);
    CHECK(pause == 1h - 10s);
    CHECK_FALSE(liveness.is_silent(begin + 1h));
    CHECK_FALSE(liveness.is_silent(begin + 1h + 4s));
    CHECK(liveness.is_silent(begin + 1h + 5s));
    CHECK(liveness.on_turn(begin + 1h) == 0s);
}

TEST_CASE("a wake-up that comes a little late is no pause") {
    auto liveness = make();
    (void)liveness.on_sleep(begin + 1s);
    CHECK(liveness.on_turn(begin + 2s) == 0s);
    CHECK(liveness.is_silent(begin + 15s));
}

TEST_CASE("new times hold from now on") {
    auto liveness = make();
    liveness.configure(begin + 500ms, 200ms, 3s);
    CHECK(liveness.take_heartbeat(begin + 700ms));
    CHECK_FALSE(liveness.is_silent(begin + 3400ms));
    CHECK(liveness.is_silent(begin + 3500ms));
}
