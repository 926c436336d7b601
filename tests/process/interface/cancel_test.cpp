// cancel, time limits and stop_requested: whatever state a task is in, and what it has submitted.
#include <doctest/doctest.h>

#include <chrono>
#include <scoop/scoop.hpp>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;

int sleep_for(int milliseconds) {
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    return milliseconds;
}
/// Works until it is told to stop, two minutes at most.
int work_until_stopped(int result) {
    const auto limit = std::chrono::steady_clock::now() + 120s;
    while (!scoop::stop_requested() && std::chrono::steady_clock::now() < limit) std::this_thread::sleep_for(1ms);
    return std::chrono::steady_clock::now() < limit ? result : -1;
}
int parent(int children) {
    std::vector<scoop::Future<int>> futures;
    for (int i = 0; i < children; ++i) futures.push_back(scoop::submit<work_until_stopped>(i));
    int sum = 0;
    for (auto& future : futures) sum += future.get();
    return sum;
}
int grandparent(int children) { return scoop::submit<parent>(children).get(); }
long map_of_workers(int n) {
    long sum = 0;
    for (int value : scoop::map<work_until_stopped>(scoop::range(n))) sum += value;
    return sum;
}
bool told_to_stop(int n) {
    (void)n;
    return scoop::stop_requested();
}
int sleep_until_told(scoop::Best<int> result) {
    while (result.get() == 0) std::this_thread::sleep_for(1ms);
    return result.get();
}
int outlive_the_map(int i) {
    try {
        (void)scoop::get_const<int>("never set", 40ms);  // meanwhile the elements after this one begin
    } catch (const scoop::Error&) {
    }
    return sleep_for(30 + i % 2);
}

/// All workers are free again: each takes a task that lasts a little.
void wait_until_idle() {
    const auto before = std::chrono::steady_clock::now();
    scoop::on_each_worker<[] {}>();
    std::vector<scoop::Future<int>> futures;
    for (int i = 0; i < 2 * scoop::size(); ++i) futures.push_back(scoop::submit<sleep_for>(10));
    for (auto& future : futures) CHECK(future.get() == 10);
    CHECK(std::chrono::steady_clock::now() - before < 60s);
}

}  // namespace

TEST_CASE("a cancelled task is over at once, wherever it is") {
    std::vector<scoop::Future<int>> futures;
    for (int i = 0; i < 20; ++i) futures.push_back(scoop::submit<work_until_stopped>(i));
    std::this_thread::sleep_for(50ms);  // some run here, some elsewhere, some nowhere
    for (auto& future : futures) {
        CHECK(future.cancel());
        CHECK(future.done());
        CHECK(future.cancelled());
        CHECK_FALSE(future.running());
        CHECK(future.cancel());  // again: it is cancelled
        CHECK_THROWS_AS(std::rethrow_exception(future.exception()), scoop::CancelledError);
        CHECK_THROWS_AS(future.get(), scoop::CancelledError);
    }
    wait_until_idle();
}

TEST_CASE("a task that has ended cannot be cancelled") {
    auto future = scoop::submit<sleep_for>(0);
    future.wait();
    CHECK_FALSE(future.cancel());
    CHECK_FALSE(future.cancelled());
    CHECK(future.get() == 0);
}

TEST_CASE("who waits is woken by a cancellation") {
    auto shared = scoop::submit<work_until_stopped>(1).share();
    std::thread canceller([shared] {
        std::this_thread::sleep_for(50ms);
        CHECK(shared.cancel());
    });
    CHECK_THROWS_AS(shared.get(), scoop::CancelledError);
    canceller.join();
    wait_until_idle();
}

TEST_CASE("the tasks that a cancelled task has submitted are cancelled with it") {
    auto future = scoop::submit<grandparent>(6);
    std::this_thread::sleep_for(100ms);
    CHECK(future.cancel());
    CHECK_THROWS_AS(future.get(), scoop::CancelledError);
    wait_until_idle();
    auto map = scoop::submit<map_of_workers>(8);
    std::this_thread::sleep_for(100ms);
    CHECK(map.cancel());
    wait_until_idle();
}

TEST_CASE("a tree that is cancelled while it grows leaves nobody behind") {
    for (int round = 0; round < 100; ++round) {
        auto future = scoop::submit<grandparent>(6);
        std::this_thread::sleep_for(std::chrono::microseconds(50 * round));
        CHECK(future.cancel());
        const auto before = std::chrono::steady_clock::now();
        scoop::on_each_worker<[] {}>();  // nobody is at work for two minutes
        CHECK(std::chrono::steady_clock::now() - before < 60s);
    }
}

TEST_CASE("cancelling races with running") {
    int cancelled = 0;
    for (int round = 0; round < 300; ++round) {
        auto future = scoop::submit<sleep_for>(0);
        if (round % 3 == 0) std::this_thread::yield();
        if (future.cancel()) {
            ++cancelled;
            CHECK_THROWS_AS(future.get(), scoop::CancelledError);
        } else {
            CHECK(future.get() == 0);
        }
    }
    CHECK(cancelled <= 300);
    wait_until_idle();
}

TEST_CASE("futures that are cancelled and dropped leave nothing behind") {
    for (int round = 0; round < 50; ++round) {
        std::vector<scoop::Future<int>> futures;
        for (int i = 0; i < 10; ++i) futures.push_back(scoop::submit<sleep_for>(1));
        for (auto& future : futures) (void)future.cancel();
    }
    wait_until_idle();
}

TEST_CASE("a task whose arguments are not there yet can be cancelled") {
    auto argument = scoop::submit<work_until_stopped>(1).share();
    auto waiting = scoop::submit<sleep_for>(argument);
    CHECK(waiting.cancel());
    CHECK_THROWS_AS(waiting.get(), scoop::CancelledError);
    CHECK(argument.cancel());
    wait_until_idle();
}

TEST_CASE("a task that runs too long ends with a TimeoutError and is told to stop") {
    const auto before = std::chrono::steady_clock::now();
    std::vector<scoop::Future<int>> futures;
    for (int i = 0; i < 2 * scoop::size(); ++i)
        futures.push_back(scoop::submit<work_until_stopped>(scoop::TaskOptions{.timeout = 100ms}, i));
    for (auto& future : futures) {
        future.wait();
        CHECK(future.cancelled());  // wherever it ran
        CHECK_THROWS_AS(future.get(), scoop::TimeoutError);
    }
    CHECK(std::chrono::steady_clock::now() - before < 60s);
    CHECK(scoop::submit<sleep_for>(scoop::TaskOptions{.timeout = 60s}, 1).get() == 1);
    wait_until_idle();
}

TEST_CASE("waiting with a limit gives up in time and leaves the task alone") {
    const scoop::Best<int> result(0);
    auto future = scoop::submit<sleep_until_told>(result);
    CHECK_FALSE(future.wait_for(10ms));
    CHECK_THROWS_AS(future.get(10ms), scoop::TimeoutError);
    result.offer(-300);
    CHECK(future.get(60s) == -300);
}

TEST_CASE("nobody has asked an ordinary task to stop") {
    CHECK_FALSE(scoop::stop_requested());
    CHECK_FALSE(scoop::submit<told_to_stop>(1).get());
}

TEST_CASE("whoever sees that it should stop is cancelled, also when its group was") {
    for (int round = 0; round < 100; ++round) {
        scoop::Group<int> group;
        for (int i = 0; i < 10; ++i) (void)group.submit<work_until_stopped>(i);
        group.cancel();
        while (auto completed = group.next()) CHECK_THROWS_AS(completed->get(), scoop::CancelledError);
    }
}

TEST_CASE("elements that outlive their cancelled map have nobody to tell") {
    for (int i = 0; i < 10; ++i) {
        const auto results = scoop::map<outlive_the_map>(scoop::range(20));
        std::this_thread::sleep_for(20ms);
        (void)results;
    }
    wait_until_idle();
}
