#include "worker/stragglers.hpp"

#include <doctest/doctest.h>

#include <memory>

using scoop::base::TaskId;
using scoop::base::TimePoint;
using scoop::detail::CallTimes;
using scoop::worker::Stragglers;
using namespace std::chrono_literals;

namespace {

TaskId task(std::uint64_t counter) { return {0, 0, counter}; }

struct Tested {
    TimePoint now{1000s};
    Stragglers stragglers{[this] { return now; }};
    std::shared_ptr<CallTimes> times = std::make_shared<CallTimes>();

    void send(std::uint64_t counter) { stragglers.on_sent(task(counter), times); }
    std::vector<TaskId> late(TimePoint wanted_since) { return stragglers.look(wanted_since).late; }
};

}  // namespace

TEST_CASE("the median is that of the latest times") {
    CallTimes times;
    CHECK_FALSE(times.median());
    times.add(9ms);
    CHECK(times.median() == 9ms);
    times.add(1ms);
    times.add(2ms);
    CHECK(times.median() == 2ms);
    for (int i = 0; i < 1000; ++i) times.add(7ms);
    CHECK(times.median() == 7ms);
}

TEST_CASE("a task is late after twice the median of those that have ended, and not before") {
    Tested tested;
    for (std::uint64_t i = 1; i <= 4; ++i) tested.send(i);
    for (std::uint64_t i = 1; i <= 4; ++i) tested.stragglers.on_started(task(i));
    const TimePoint began = tested.now;
    tested.now += 3600s;
    CHECK(tested.late(began).empty());  // nothing to compare with
    CHECK_FALSE(tested.stragglers.look(began).next);
    tested.now = began + 1s;
    for (std::uint64_t i = 1; i <= 3; ++i) tested.stragglers.on_answered(task(i));
    CHECK(tested.late(began).empty());
    CHECK(tested.stragglers.look(began).next == began + 2s);
    tested.now = began + 2s;
    CHECK(tested.late(began) == std::vector{task(4)});
}

TEST_CASE("what takes a moment only is not late, however short the others were") {
    Tested tested;
    tested.times->add(1us);
    tested.send(1);
    tested.stragglers.on_started(task(1));
    const TimePoint began = tested.now;
    tested.now += Stragglers::age_min - 1ns;
    CHECK(tested.late(began).empty());
    tested.now += 1ns;
    CHECK(tested.late(began).size() == 1);
}

TEST_CASE("of a task that has not started only the time counts in which others have nothing to do") {
    Tested tested;
    tested.times->add(1s);
    tested.send(1);
    tested.now += 60s;
    CHECK(tested.late(tested.now - 1s).empty());
    CHECK(tested.late(tested.now - 2s).size() == 1);
}

TEST_CASE("a task has one copy at a time, and the longest away comes first") {
    Tested tested;
    tested.times->add(1s);
    tested.send(2);
    tested.now += 1s;
    tested.send(1);
    tested.now += 10s;
    const TimePoint since = tested.now - 10s;
    CHECK(tested.late(since) == std::vector{task(2), task(1)});
    tested.stragglers.set_twin(task(2), true);
    CHECK(tested.late(since) == std::vector{task(1)});
    CHECK_FALSE(tested.stragglers.has_changed());
    tested.stragglers.set_twin(task(2), false);
    CHECK(tested.stragglers.has_changed());
    CHECK(tested.late(since).size() == 2);
    tested.stragglers.on_gone(task(1));
    tested.stragglers.on_answered(task(2));
    CHECK(tested.stragglers.empty());
}
