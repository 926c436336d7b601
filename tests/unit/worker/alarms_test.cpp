#include "worker/alarms.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <future>
#include <string>
#include <thread>

using namespace scoop;

namespace {

// Waits for a call that was set now: what was due before has been called by then.
void call_and_wait(worker::Alarms& alarms) {
    std::promise<void> called;
    alarms.set(base::Clock::now(), [&] { called.set_value(); });
    called.get_future().wait();
}

}  // namespace

TEST_CASE("alarms are called in the order of their times") {
    worker::Alarms alarms;
    std::string order;
    const auto now = base::Clock::now();
    std::promise<void> first;
    alarms.set(now - std::chrono::seconds(2), [&first] { first.get_future().wait(); });  // the others are set meanwhile
    alarms.set(now, [&] { order += 'b'; });
    alarms.set(now - std::chrono::seconds(1), [&] { order += 'a'; });
    first.set_value();
    call_and_wait(alarms);
    CHECK(order == "ab");
}

TEST_CASE("what was dropped is not called, nor what would have set itself again") {
    worker::Alarms alarms;
    std::atomic<int> calls{0};
    bool is_late_called = false;
    std::function<void()> again = [&] {
        ++calls;
        alarms.set(base::Clock::now(), again);
    };
    alarms.set(base::Clock::now(), again);
    alarms.set(base::Clock::now() + std::chrono::hours(1), [&] { is_late_called = true; });
    while (calls < 3) std::this_thread::yield();
    alarms.drop_all();
    const int calls_then = calls;
    call_and_wait(alarms);
    CHECK(calls == calls_then);
    CHECK_FALSE(is_late_called);
}

TEST_CASE("what the alarms wait for may be dropped meanwhile") {
    worker::Alarms alarms;
    for (int i = 0; i < 20; ++i) {
        alarms.set(base::Clock::now() + std::chrono::hours(1), [] {});
        call_and_wait(alarms);
        std::this_thread::sleep_for(std::chrono::milliseconds(1));  // most times enough for them to wait again
        alarms.drop_all();
    }
    call_and_wait(alarms);
}
