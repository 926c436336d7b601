// Circles of waits through everything by which a task can wait for others: told with the chain. And waits through the
// same that last long, but end: not told.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <scoop/scoop.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

/// Tasks submitted in this process, by name.
std::map<std::string, scoop::SharedFuture<int>> submitted_here;
void forget() { submitted_here.clear(); }

/// Nothing where there is no task of that name.
int wait_if_here(const std::string& name) { return submitted_here.contains(name) ? submitted_here.at(name).get() : 0; }

int wait_in_vain(scoop::Timeout timeout) {
    try {
        return scoop::get_const<int>("a constant that nobody sets", timeout);
    } catch (const scoop::TimeoutError&) {
        return 1;
    }
}
/// Waits for the task of that name in the process that knows it, without a limit; without a name for two seconds.
int wait_for_named(const std::string& name) {
    if (submitted_here.contains(name)) return submitted_here.at(name).get();
    if (!name.empty()) return std::ranges::max(scoop::on_each_worker<wait_if_here>(name));
    return wait_in_vain(2s);
}
int element(int, const std::string& name) { return wait_for_named(name); }
int row(int, const std::string& name) {
    int sum = 0;
    for (const int value : scoop::map<element>(scoop::range(3), scoop::fixed(name))) sum += value;
    return sum;
}
int largest(int a, int b) { return std::max(a, b); }

/// How a task waits for others that wait for what has this name.
using Way = int (*)(const std::string& name);
constexpr int count = 12;

int by_get(const std::string& name) { return scoop::submit<wait_for_named>(name).get(); }
int by_endless_get(const std::string& name) { return scoop::submit<wait_for_named>(name).get(scoop::forever); }
int by_future_argument(const std::string& name) {
    return scoop::submit<largest>(scoop::submit<wait_for_named>(name), 0).get();
}
int by_map(const std::string& name) {
    int sum = 0;
    for (const int value : scoop::map<element>(scoop::range(count), scoop::fixed(name))) sum += value;
    return sum;
}
int by_map_as_completed(const std::string& name) {
    int sum = 0;
    for (auto& done : scoop::map_as_completed<element>(scoop::range(count), scoop::fixed(name))) sum += done.get();
    return sum;
}
int by_map_of_maps(const std::string& name) {
    int sum = 0;
    for (const int value : scoop::map<row>(scoop::range(3), scoop::fixed(name))) sum += value;
    return sum;
}
int by_reduction(const std::string& name) {
    return scoop::map_reduce<element, largest>(scoop::range(count), scoop::fixed(name));
}
int by_scan(const std::string& name) {
    return scoop::map_scan<element, largest>(scoop::range(count), scoop::fixed(name)).back();
}
int by_each_worker(const std::string& name) { return std::ranges::max(scoop::on_each_worker<wait_for_named>(name)); }
int by_group(const std::string& name) {
    int sum = 0;
    scoop::Group<int> group;
    for (int i = 0; i < 3; ++i) (void)group.submit<wait_for_named>(name);
    while (auto done = group.next()) sum += done->get();
    return sum;
}
int by_as_completed(const std::string& name) {
    int sum = 0;
    std::vector<scoop::Future<int>> futures;
    for (int i = 0; i < 3; ++i) futures.push_back(scoop::submit<wait_for_named>(name));
    for (auto& future : scoop::as_completed(futures)) sum += future.get();
    return sum;
}
/// Each improves the bound, and waits.
int offer_and_wait(int value, scoop::Best<int> bound, const std::string& name) {
    bound.offer(value);
    return wait_for_named(name);
}
int by_tasks_with_bound(const std::string& name) {
    const scoop::Best<int> bound(0);
    std::vector<scoop::Future<int>> futures;
    for (int i = 0; i < 3; ++i) futures.push_back(scoop::submit<offer_and_wait>(-i, bound, name));
    (void)scoop::wait(futures, scoop::When::first_exception);
    return futures.front().get() + bound.get() * 0;
}

const std::vector<std::pair<const char*, Way>> ways{
    {"get", by_get},
    {"get without a limit", by_endless_get},
    {"a future as argument", by_future_argument},
    {"map", by_map},
    {"map_as_completed", by_map_as_completed},
    {"maps in a map", by_map_of_maps},
    {"map_reduce", by_reduction},
    {"map_scan", by_scan},
    {"on_each_worker", by_each_worker},
    {"Group", by_group},
    {"as_completed", by_as_completed},
    {"tasks with a Best", by_tasks_with_bound},
};

int go(std::size_t way, const std::string& name) { return ways[way].second(name); }

std::string what_of(const scoop::SharedFuture<int>& future) {
    try {
        return "the value " + std::to_string(future.get());
    } catch (const scoop::Error& error) {
        return error.what();
    }
}

/// Throws when no other worker has started it after a minute: what follows would show nothing about circles.
void wait_until_taken(const scoop::SharedFuture<int>& future) {
    const auto limit = std::chrono::steady_clock::now() + 60s;
    while (!future.running()) {
        if (std::chrono::steady_clock::now() >= limit)
            throw std::runtime_error("an outer task was not started by any other worker within 60 s");
        std::this_thread::sleep_for(1ms);
    }
}

enum class Place { anywhere, elsewhere };

/// For each way a task that waits for tasks that wait for it, in the process that has submitted it; what each ends
/// with.
std::vector<std::string> start_circles(Place place) {
    std::vector<scoop::SharedFuture<int>> outer;
    for (std::size_t way = 0; way < ways.size(); ++way) {
        const std::string name = "outer task " + std::to_string(way);
        outer.push_back(scoop::submit<go>(scoop::TaskOptions{.name = name}, way, name).share());
        submitted_here[name] = outer.back();
    }
    if (place == Place::elsewhere && scoop::size() > 1) std::ranges::for_each(outer, wait_until_taken);
    std::vector<std::string> outcomes;
    for (const auto& future : outer) outcomes.push_back(what_of(future));
    return outcomes;
}

/// Three tasks that wait for each other and two that wait for the first of them; how many were told.
int start_ring() {
    const std::map<std::string, std::string> awaited{{"a", "b"}, {"b", "c"}, {"c", "a"}, {"d", "a"}, {"e", "a"}};
    for (const auto& [name, next] : awaited)
        submitted_here[name] = scoop::submit<wait_for_named>(scoop::TaskOptions{.name = name}, next).share();
    int told = 0;
    for (const auto& [name, next] : awaited) {
        try {
            (void)submitted_here.at(name).get();
        } catch (const scoop::Error&) {
            ++told;
        }
    }
    return told;
}

int wait_noting(int, const std::string& name, scoop::Best<int> is_noted) {
    is_noted.offer(-1);
    return wait_for_named(name);
}
/// Drops the results of a map while an element of it waits for this task.
int leave_early(const std::string& name) {
    const scoop::Best<int> is_noted(0);
    const auto results = scoop::map<wait_noting>(scoop::range(count), scoop::fixed(name), scoop::fixed(is_noted));
    while (is_noted.get() == 0) (void)wait_in_vain(1ms);
    return 7;
}
int start_leaving() {
    submitted_here["the outer task"] = scoop::submit<leave_early>("the outer task"s).share();
    return submitted_here.at("the outer task").get();
}

const std::string sentence = "scoop: this wait can never end, since tasks wait for each other: ";

/// "a waits for b waits for a"
bool is_circle(const std::string& chain) {
    const std::string link = " waits for ";
    const auto first_end = chain.find(link);
    const auto last_begin = chain.rfind(link);
    return first_end != std::string::npos && chain.substr(0, first_end) == chain.substr(last_begin + link.size());
}

}  // namespace

TEST_CASE("a circle through whatever tasks wait by is told with its chain") {
    for (const Place place : {Place::anywhere, Place::elsewhere}) {
        const auto outcomes = scoop::submit<start_circles>(place).get(200s);
        scoop::on_each_worker<forget>();
        REQUIRE(outcomes.size() == ways.size());
        for (std::size_t way = 0; way < ways.size(); ++way) {
            const std::string& what = outcomes[way];
            INFO(ways[way].first, ": ", what);
            REQUIRE(what.starts_with(sentence));
            CHECK(what.find("outer task " + std::to_string(way)) != std::string::npos);
            CHECK(is_circle(what.substr(sentence.size())));
        }
    }
}

TEST_CASE("tasks that share each other's futures in one process are told, and whoever else waits for them") {
    CHECK(scoop::submit<start_ring>().get(120s) == 5);
    scoop::on_each_worker<forget>();
}

TEST_CASE("a task that leaves a map whose elements wait for it is no longer waited for") {
    CHECK(scoop::submit<start_leaving>().get(120s) == 7);
    scoop::on_each_worker<forget>();
}

TEST_CASE("waits of all kinds that last long and end are not taken for circles") {
    std::vector<scoop::Future<int>> futures;
    for (std::size_t way = 0; way < ways.size(); ++way) futures.push_back(scoop::submit<go>(way, ""s));
    for (std::size_t way = 0; way < ways.size(); ++way) {
        INFO(ways[way].first);
        const std::string what = what_of(futures[way].share());
        CHECK_MESSAGE(what.starts_with("the value "), what);
    }
}
