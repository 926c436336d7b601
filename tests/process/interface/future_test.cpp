// Promises that are easily broken unseen: callbacks in odd moments, tasks nobody waits for, limits while a task
// computes, registered exceptions, the order of priorities, dropped results, input that changes behind the reader.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <latch>
#include <numeric>
#include <scoop/scoop.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;

/// No std::exception, and not made from a text.
struct Diverged {
    int step = 0;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(step);
    }
};
/// Before run, in every process.
[[maybe_unused]] const bool is_registered = (scoop::register_exception<Diverged>(), true);

long square(long n) { return n * n; }
/// Comes back soon only when it is told to stop.
long wait_for_stop(long n) {
    const auto limit = std::chrono::steady_clock::now() + 1h;
    while (!scoop::stop_requested() && std::chrono::steady_clock::now() < limit) std::this_thread::sleep_for(1ms);
    return n;
}
long wait_for_stop_noting(long n, scoop::Best<long> started) {
    started.offer(-1);
    return wait_for_stop(n);
}
std::atomic<int> begun_here{0};
/// Ends at once if it is the first in its process; the others wait for the reader to have read any of them.
bool let_first_be_read(long, scoop::Best<long> has_read) {
    if (begun_here++ == 0) return true;
    static std::atomic<bool> has_given_up{false};
    const auto give_up = std::chrono::steady_clock::now() + 60s;
    while (has_read.get() == 0 && !has_given_up) {
        std::this_thread::sleep_for(1ms);
        if (std::chrono::steady_clock::now() > give_up) has_given_up = true;
    }
    return !has_given_up;
}
/// Computes, and looks at nothing but its end.
long compute_until(scoop::Best<long> end) {
    while (end.get() == 0) {
    }
    return end.get();
}
void leave_note(const std::string& name, long value) { scoop::set_const(name, value); }
long diverge(int step) { throw Diverged{step}; }
std::vector<int> order_of_priorities(int count) {
    std::vector<scoop::Future<int>> futures;
    for (int i = 0; i < count; ++i)
        futures.push_back(scoop::submit(
            scoop::TaskOptions{.priority = i % 3}, [](int n) { return n % 3; }, i));
    std::vector<int> order;
    for (auto& future : scoop::as_completed(futures)) order.push_back(future.get());
    return order;
}

}  // namespace

TEST_CASE("callbacks are called when a task is cancelled, and behind one that throws, and may wait for tasks") {
    std::latch called(3);
    bool was_cancelled = false;
    long computed = 0;
    auto future = scoop::submit<wait_for_stop>(1);
    future.on_done([&](scoop::Future<long>& done) {
        was_cancelled = done.cancelled();
        called.count_down();
    });
    future.on_done([&](auto&) {
        called.count_down();
        throw std::runtime_error("a callback that is expected to throw");
    });
    future.on_done([&](auto&) {
        computed = scoop::submit<square>(12).get();
        called.count_down();
    });
    CHECK(future.cancel());
    called.wait();
    CHECK(was_cancelled);
    CHECK(computed == 144);
}

TEST_CASE("a task whose future is dropped runs all the same") {
    (void)scoop::submit<leave_note>("left by a dropped task", 7);
    CHECK(scoop::get_const<long>("left by a dropped task", 60s) == 7);
}

TEST_CASE("limits of waits on the root are kept while a task computes") {
    const scoop::Best<long> end(0);
    auto future = scoop::submit<compute_until>(end);
    CHECK_FALSE(future.wait_for(20ms));
    CHECK_THROWS_AS(future.get(10ms), scoop::TimeoutError);
    std::vector<scoop::SharedFuture<long>> shared{future.share()};
    CHECK(scoop::wait(shared, scoop::When::all_completed, 10ms).not_done.size() == 1);
    CHECK_THROWS_AS((void)scoop::as_completed(shared, 10ms).begin(), scoop::TimeoutError);
    CHECK_THROWS_AS(shared.front().get(10ms), scoop::TimeoutError);
    CHECK_FALSE(shared.front().wait_for(10ms));
    end.offer(-1);  // the root was not kept from getting here
    CHECK(shared.front().get(60s) == -1);
}

TEST_CASE("all handles of a shared future see that it was cancelled") {
    const auto first = scoop::submit<wait_for_stop>(1).share();
    const auto second = first;
    CHECK_FALSE(second.done());
    CHECK(first.cancel());
    CHECK(second.cancelled());
    CHECK(second.done());
    CHECK_THROWS_AS((void)second.get(), scoop::CancelledError);
    CHECK_THROWS_AS(std::rethrow_exception(second.exception()), scoop::CancelledError);
}

TEST_CASE("a registered exception arrives as itself, wherever it was thrown") {
    const scoop::TaskOptions options{.retries = 1};
    auto results = scoop::map<diverge>(options, scoop::range(50));
    int step = 0;
    for (auto it = results.begin(); it != results.end(); ++it, ++step) {
        int seen = -1;
        try {
            (void)*it;
        } catch (const Diverged& diverged) {
            seen = diverged.step;
        }
        REQUIRE(seen == step);
    }
    CHECK(step == 50);
}

TEST_CASE("what waits in one worker is run in the order of priorities") {
    std::vector<int> order = scoop::submit<order_of_priorities>(30).get();
    REQUIRE(order.size() == 30);
    std::string text;
    for (const int priority : order) text += std::to_string(priority) + ' ';
    INFO(text);
    // Of a launched job some may have been with the broker meanwhile.
    if (scoop::size() == 1 && !scoop::launched()) CHECK(std::is_sorted(order.begin(), order.end(), std::greater<>()));
    CHECK(std::accumulate(order.begin(), order.end(), 0) == 30);
}

TEST_CASE("dropped results tell their elements to stop and start no more of them") {
    {
        const scoop::Best<long> started(0);
        const auto results = scoop::map<wait_for_stop_noting>(scoop::range(1000L), scoop::fixed(started));
        while (started.get() == 0) std::this_thread::sleep_for(1ms);
    }
    // Each of the others would keep its worker for an hour.
    CHECK(scoop::on_each_worker([] { return 1; }).size() == static_cast<std::size_t>(scoop::size()));
}

TEST_CASE("an element that was done elsewhere comes however long the next one takes") {
    const scoop::Best<long> has_read(0);
    int waited_in_vain = 0;
    for (auto& done : scoop::map_as_completed<let_first_be_read>(scoop::range(100L), scoop::fixed(has_read))) {
        waited_in_vain += done.get() ? 0 : 1;
        has_read.offer(-1);
    }
    CHECK(waited_in_vain == 0);
}

TEST_CASE("an element may change once its result was delivered") {
    std::vector<long> numbers(20'000);
    std::iota(numbers.begin(), numbers.end(), 0L);
    std::size_t k = 0;
    long wrong = 0;
    for (long value : scoop::map<square>(numbers)) {
        wrong += value == static_cast<long>(k * k) ? 0 : 1;
        numbers[k++] = -1;
    }
    CHECK(k == numbers.size());
    CHECK(wrong == 0);
}
