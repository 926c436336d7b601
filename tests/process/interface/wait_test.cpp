// wait, as_completed and Group: many futures at once.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <list>
#include <scoop/scoop.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;

int identity(int n) { return n; }
int sleep_for(int milliseconds) {
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    return milliseconds;
}
int fail(int n) { throw std::runtime_error(std::to_string(n)); }
int work_until_stopped(int n) {
    const auto limit = std::chrono::steady_clock::now() + 120s;
    while (!scoop::stop_requested() && std::chrono::steady_clock::now() < limit) std::this_thread::sleep_for(1ms);
    return n;
}
std::vector<scoop::Future<int>> submitted(int count) {
    std::vector<scoop::Future<int>> futures;
    for (int i = 0; i < count; ++i) futures.push_back(scoop::submit<identity>(i));
    return futures;
}
long wait_in_task(int n) {
    auto futures = submitted(n);
    const auto result = scoop::wait(futures);
    long sum = static_cast<long>(result.not_done.size());
    for (auto& future : scoop::as_completed(futures)) sum += future.get();
    return sum;
}
std::vector<int> divisors(int n) {
    std::vector<int> found;
    for (int d = 2; d < n; ++d)
        if (n % d == 0) found.push_back(d);
    return found;
}

scoop::SharedFuture<int> own_future;
std::atomic<bool> is_assigned{false};
/// Waits for itself, where it finds itself: in the process that submitted it.
int wait_for_itself() {
    while (scoop::rank() == 0 && !is_assigned) std::this_thread::sleep_for(1ms);
    return own_future.get();
}

/// What these tasks wait for: there when `is_assigned`, in the process that submitted them. Elsewhere they find nothing
/// to wait for, which is an error, too.
std::vector<scoop::SharedFuture<int>> others;
int wait_for_other_by_get(int other) {
    while (scoop::rank() == 0 && !is_assigned) std::this_thread::sleep_for(1ms);
    return others.at(static_cast<std::size_t>(other)).get();
}
int wait_for_other_by_queue(int other) {
    while (scoop::rank() == 0 && !is_assigned) std::this_thread::sleep_for(1ms);
    std::vector<scoop::SharedFuture<int>> awaited{others.at(static_cast<std::size_t>(other))};
    for (auto& future : scoop::as_completed(awaited)) return future.get();
    return -1;
}
int wait_for_other_by_wait(int other) {
    while (scoop::rank() == 0 && !is_assigned) std::this_thread::sleep_for(1ms);
    std::vector<scoop::SharedFuture<int>> awaited{others.at(static_cast<std::size_t>(other))};
    (void)scoop::wait(awaited, scoop::When::first_completed);
    return awaited[0].get();
}
int twice(int n) { return 2 * n; }
std::string what_of(const scoop::SharedFuture<int>& future) {
    try {
        (void)future.get(60s);
    } catch (const std::exception& error) {
        return error.what();
    }
    return "no error";
}

#if defined(SCOOP_SANITIZED)
constexpr int task_count = 50'000;  // each takes a hundred times as long
#else
constexpr int task_count = 1'500'000;  // half as many again as may wait
#endif

}  // namespace

TEST_CASE("wait tells which are done") {
    auto futures = submitted(50);
    auto result = scoop::wait(futures);
    CHECK(result.done.size() == 50);
    CHECK(result.not_done.empty());
    CHECK(result.done.front() == 0);
    CHECK(result.done.back() == 49);
    CHECK(futures[7].get() == 7);
    std::vector<scoop::Future<int>> none;
    CHECK(scoop::wait(none).done.empty());
    std::list<scoop::SharedFuture<int>> shared{scoop::submit<identity>(1).share()};
    CHECK(scoop::wait(shared).done.size() == 1);
}

TEST_CASE("wait for the first, for an exception, or for some time") {
    std::vector<scoop::Future<int>> futures;
    futures.push_back(scoop::submit<work_until_stopped>(1));
    CHECK(scoop::wait(futures, scoop::When::all_completed, 20ms).not_done.size() == 1);
    futures.push_back(scoop::submit<identity>(2));
    if (scoop::size() > 1) {
        const auto first = scoop::wait(futures, scoop::When::first_completed, 60s);
        CHECK(first.done == std::vector<std::size_t>{1});
        CHECK(first.not_done == std::vector<std::size_t>{0});
        futures.push_back(scoop::submit<fail>(3));
        const auto failed = scoop::wait(futures, scoop::When::first_exception, 60s);
        CHECK(failed.done == std::vector<std::size_t>{1, 2});
        CHECK_THROWS_AS(futures[2].get(), std::runtime_error);
        futures.pop_back();
    }
    CHECK(futures[0].cancel());
    CHECK(scoop::wait(futures, scoop::When::first_exception).done.size() >= 1);
    auto good = submitted(10);
    CHECK(scoop::wait(good, scoop::When::first_exception).done.size() == 10);
}

TEST_CASE("futures come in the order of their completion") {
    std::vector<scoop::Future<int>> futures;
    for (int i = 0; i < 20; ++i) futures.push_back(scoop::submit<sleep_for>(i % 5));
    long sum = 0;
    int count = 0;
    for (auto& future : scoop::as_completed(futures)) {
        CHECK(future.done());
        sum += future.get();
        ++count;
    }
    CHECK(count == 20);
    CHECK(sum == 40);
    auto slow = std::vector<scoop::Future<int>>();
    slow.push_back(scoop::submit<work_until_stopped>(1));
    auto completed = scoop::as_completed(slow, 20ms);
    CHECK_THROWS_AS((void)completed.begin(), scoop::TimeoutError);
    CHECK(slow[0].cancel());
    for (auto& future : scoop::as_completed(slow)) CHECK(future.cancelled());
}

TEST_CASE("tasks wait for many tasks") {
    CHECK(scoop::submit<wait_in_task>(100).get() == 4950);
    std::vector<scoop::Future<long>> outer;
    for (int i = 0; i < 20; ++i) outer.push_back(scoop::submit<wait_in_task>(i));
    long sum = 0;
    for (auto& future : outer) sum += future.get();
    CHECK(sum == 1140);
}

TEST_CASE("a group grows while its results are taken") {
    scoop::Group<std::vector<int>> group;
    CHECK(group.submit<divisors>(720) == 0);
    std::set<int> seen{720};
    while (auto completed = group.next()) {
        CHECK(std::ranges::count(scoop::hosts(), completed->host) == 1);
        for (const int d : completed->get())
            if (seen.insert(d).second) (void)group.submit<divisors>(d);
    }
    CHECK(seen.size() == 29);  // 720 has 30 divisors, 1 among them
    CHECK(group.size() == 0);
    CHECK_FALSE(group.next());
}

TEST_CASE("a group is cancelled as a whole") {
    scoop::Group<int> group;
    for (int i = 0; i < 6; ++i) (void)group.submit<work_until_stopped>(i);
    CHECK_THROWS_AS((void)group.next(20ms), scoop::TimeoutError);
    group.cancel();
    int cancelled = 0;
    while (auto completed = group.next()) {
        CHECK_THROWS_AS(completed->get(), scoop::CancelledError);
        ++cancelled;
    }
    CHECK(cancelled == 6);
    {
        scoop::Group<int> dropped;
        for (int i = 0; i < 6; ++i) (void)dropped.submit([](int n) { return work_until_stopped(n); }, i);
    }
    CHECK(scoop::submit<identity>(1).get() == 1);
}

TEST_CASE("a wait that can never end says so") {
    auto future = scoop::submit<wait_for_itself>();
    own_future = future.share();
    is_assigned = true;
    CHECK_THROWS_AS(own_future.get(60s), scoop::Error);
    own_future = {};
    is_assigned = false;
}

TEST_CASE("a circle of waits of any kind is told with its chain") {
    if (scoop::size() > 1) return;  // where tasks of several workers wait: circle_test.cpp
    const auto check_circle = [](auto submit_first, auto submit_second, const std::vector<std::string>& chains) {
        others.push_back(submit_first());
        others.push_back(submit_second());
        is_assigned = true;
        const std::string what = what_of(others[0]);
        CHECK_MESSAGE(std::ranges::any_of(chains, [&](const auto& chain) { return what.ends_with(": " + chain); }),
                      what);
        (void)what_of(others[1]);
        others.clear();
        is_assigned = false;
    };
    using scoop::TaskOptions;
    const std::string from_a = "a waits for b waits for a";
    const std::string from_b = "b waits for a waits for b";
    const TaskOptions a{.name = "a"};
    const TaskOptions b{.name = "b"};
    check_circle([&] { return scoop::submit<wait_for_other_by_get>(a, 1).share(); },
                 [&] { return scoop::submit<wait_for_other_by_get>(b, 0).share(); }, {from_a, from_b});
    check_circle([&] { return scoop::submit<wait_for_other_by_queue>(a, 1).share(); },
                 [&] { return scoop::submit<wait_for_other_by_get>(b, 0).share(); }, {from_a, from_b});
    check_circle([&] { return scoop::submit<wait_for_other_by_wait>(a, 1).share(); },
                 [&] { return scoop::submit<wait_for_other_by_wait>(b, 0).share(); }, {from_a, from_b});
    check_circle([&] { return scoop::submit<wait_for_other_by_get>(a, 1).share(); },
                 [&] { return scoop::submit<twice>(b, others[0]).share(); }, {from_a});
}

TEST_CASE("more tasks than can wait at once") {
    long done = 0;
    std::vector<scoop::Future<int>> last;
    for (int i = 0; i < task_count; ++i) {
        auto future = scoop::submit<identity>(i);
        if (i % 100'000 == 0) last.push_back(std::move(future));
    }
    for (auto& future : last) done += future.get() >= 0 ? 1 : 0;
    CHECK(done == (task_count + 99'999) / 100'000);
}
