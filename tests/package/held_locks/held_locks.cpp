// What a debug build says of tasks that wait while they hold what another task of their thread may want.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <scoop/scoop.hpp>
#include <shared_mutex>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;

int later(int n) {
    std::this_thread::sleep_for(5ms);
    return n;
}

int until_stopped() {
    while (!scoop::stop_requested()) std::this_thread::sleep_for(1ms);
    return 0;
}
/// A task that is not done as long as anybody might wait for it.
struct Unfinished {
    scoop::Future<int> future = scoop::submit<until_stopped>();
    ~Unfinished() { future.cancel(); }
};

int waits_under_a_mutex(int) {
    static std::mutex mutex;
    Unfinished task;
    const std::lock_guard lock(mutex);
    task.future.wait();
    return 0;
}
bool waits_some_time_under_a_shared_mutex(int) {
    static std::shared_mutex mutex;
    Unfinished task;
    const std::shared_lock lock(mutex);
    return task.future.wait_for(1ms);
}
int reads_what_is_done_under_a_mutex(int n) {
    static std::mutex mutex;
    auto future = scoop::submit<later>(n);
    future.wait();
    const std::lock_guard lock(mutex);
    return future.get();
}
int stopped_later(int) { return until_stopped(); }
int maps_under_a_recursive_mutex(int) {
    static std::recursive_mutex mutex;
    const std::lock_guard lock(mutex);
    const std::lock_guard again(mutex);
    return *scoop::map<stopped_later>(scoop::range(4)).begin();
}
int initializes_a_static_variable(int) {
    Unfinished task;
    static const bool is_done = (task.future.wait(), true);
    return is_done ? 1 : 0;
}
int unlocks_before_it_waits(int n) {
    static std::mutex mutex;
    static std::condition_variable condition;
    static bool is_set = false;
    std::unique_lock lock(mutex);
    is_set = true;
    condition.notify_all();
    condition.wait(lock, [] { return is_set; });
    (void)condition.wait_for(lock, 1ms, [] { return false; });
    lock.unlock();
    int sum = 0;
    for (const int value : scoop::map<later>(scoop::range(n))) sum += value;
    return sum + scoop::submit<later>(1).get();
}

constexpr const char* under_a_mutex = "waits while it holds a mutex";
constexpr const char* in_an_initializer = "waits inside the initializer of a static variable";

}  // namespace

TEST_CASE("a task that waits while it holds a lock is told") {
    CHECK_THROWS_WITH_AS(scoop::submit<waits_under_a_mutex>(0).get(), doctest::Contains(under_a_mutex), scoop::Error);
    CHECK_THROWS_WITH_AS(scoop::submit<waits_some_time_under_a_shared_mutex>(0).get(), doctest::Contains(under_a_mutex),
                         scoop::Error);
    CHECK_THROWS_WITH_AS(scoop::submit<maps_under_a_recursive_mutex>(0).get(), doctest::Contains(under_a_mutex),
                         scoop::Error);
}

TEST_CASE("a task that waits in the initializer of a static variable is told") {
    CHECK_THROWS_WITH_AS(scoop::submit<initializes_a_static_variable>(0).get(), doctest::Contains(in_an_initializer),
                         scoop::Error);
}

TEST_CASE("a task that has let go of its locks may wait") {
    std::vector<scoop::Future<int>> futures;
    for (int i = 0; i < 20; ++i) futures.push_back(scoop::submit<unlocks_before_it_waits>(4));
    for (auto& future : futures) CHECK(future.get() == 7);
    CHECK(scoop::submit<reads_what_is_done_under_a_mutex>(3).get() == 3);
}

TEST_CASE("the program, on a thread of its own, may wait as it likes") {
    std::mutex mutex;
    const std::lock_guard lock(mutex);
    CHECK(scoop::submit<later>(3).get() == 3);
}

int main(int argc, char** argv) {
    return scoop::run(argc, argv, [](int count, char** values) { return doctest::Context(count, values).run(); });
}
