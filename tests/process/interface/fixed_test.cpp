// scoop::fixed: one value for all calls of a map is read where it lies, and a large one comes to a process once.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <list>
#include <scoop/scoop.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "labelled.hpp"

namespace {

using namespace std::chrono_literals;

std::atomic<long> copies{0};
std::atomic<long> arrivals{0};

/// Counts in every process how often it was copied, and how often it came from another one.
struct Table {
    Table() = default;
    explicit Table(std::size_t size) : values(size, 1.0) {}
    Table(const Table& other) : values(other.values) { ++copies; }
    Table(Table&&) = default;
    Table& operator=(const Table&) = delete;
    Table& operator=(Table&&) = default;
    ~Table() = default;

    std::vector<double> values;

    template <class Archive>
    void save(Archive& archive) const {
        archive(values);
    }
    template <class Archive>
    void load(Archive& archive) {
        archive(values);
        ++arrivals;
    }
};

struct Counts {
    long copies = 0;
    long arrivals = 0;
};
Counts counts_here() { return {copies, arrivals}; }
void reset_here() { copies = arrivals = 0; }

double look_up(const Table& table, int i) {
    std::this_thread::sleep_for(1ms);  // so that every worker gets stretches, and they are split
    return table.values[static_cast<std::size_t>(i) % table.values.size()];
}
double change(Table table, int i) {
    table.values[0] += i;
    return table.values[0];
}
std::size_t length_with(std::string_view text, int i) { return text.size() + static_cast<std::size_t>(i); }

struct Lookup {
    Table table;
    double operator()(int i) const { return look_up(table, i); }
    template <class Archive>
    void serialize(Archive& archive) {
        archive(table);
    }
};

double look_up_labelled(const Labelled& one, int i) {
    std::this_thread::sleep_for(1ms);
    return one.values->at(static_cast<std::size_t>(i));
}

constexpr int calls = 400;
constexpr std::size_t large = 10'000;  // 80 kB

/// What `map` costs in each process; it returns the sum of what its calls return.
template <class Map>
std::vector<Counts> counts_of(double expected, Map map) {
    (void)scoop::on_each_worker<reset_here>();
    CHECK(map() == expected);
    return scoop::on_each_worker<counts_here>();
}
template <class Results>
double sum_of(Results results) {
    double sum = 0;
    for (const double value : results) sum += value;
    return sum;
}

void check_once_and_not_copied(const std::vector<Counts>& counts) {
    for (std::size_t rank = 0; rank < counts.size(); ++rank) {
        CAPTURE(rank);
        CHECK(counts[rank].copies == 0);
        CHECK(counts[rank].arrivals <= (rank == static_cast<std::size_t>(scoop::rank()) ? 0 : 1));
    }
}

}  // namespace

TEST_CASE("a large fixed value comes to a process once and is not copied") {
    check_once_and_not_copied(
        counts_of(calls, [] { return sum_of(scoop::map<look_up>(scoop::fixed(Table(large)), scoop::range(calls))); }));
    check_once_and_not_copied(counts_of(calls, [] {  // beside a range that is pulled
        return sum_of(scoop::map<look_up>(scoop::fixed(Table(large)), std::list<int>(calls)));
    }));
    check_once_and_not_copied(counts_of(calls, [] {  // where every call is a task
        scoop::TaskOptions options;
        options.retries = 1;
        return sum_of(scoop::map<look_up>(options, scoop::fixed(Table(large)), scoop::range(calls)));
    }));
    check_once_and_not_copied(counts_of(calls, [] {
        return scoop::map_reduce<look_up, std::plus<double>{}>(scoop::fixed(Table(large)), scoop::range(calls));
    }));
}

TEST_CASE("so does what a function object holds") {
    check_once_and_not_copied(
        counts_of(calls, [] { return sum_of(scoop::map(Lookup{Table(large)}, scoop::range(calls))); }));
}

TEST_CASE("a small fixed value is not copied for a function that reads it") {
    for (const Counts& counts :
         counts_of(calls, [] { return sum_of(scoop::map<look_up>(scoop::fixed(Table(10)), scoop::range(calls))); }))
        CHECK(counts.copies == 0);
}

TEST_CASE("a function that takes a fixed value by value has its own") {
    for (const std::size_t size : {std::size_t{10}, large}) {
        const auto counts = counts_of(calls + 0.5 * calls * (calls - 1), [size] {
            return sum_of(scoop::map<change>(scoop::fixed(Table(size)), scoop::range(calls)));
        });
        long all = 0;
        for (const Counts& one : counts) all += one.copies;
        CHECK(all == calls);
    }
}

TEST_CASE("a view of a fixed text") {
    for (const std::size_t size : {std::size_t{10}, large}) {
        const auto lengths =
            scoop::map<length_with>(scoop::fixed(std::string(size, 'x')), scoop::range(calls)).collect();
        REQUIRE(lengths.size() == calls);
        CHECK(lengths.back() == size + calls - 1);
        CHECK(scoop::map([](const auto& text, int) { return text.size(); }, scoop::fixed(std::string(size, 'x')),
                         scoop::range(calls))
                  .collect() == std::vector<std::size_t>(calls, size));
    }
}

TEST_CASE("fixed values of nested maps live as long as their maps") {
    const auto sums = scoop::map<[](int i) {
                          return sum_of(scoop::map<look_up>(scoop::fixed(Table(large + static_cast<std::size_t>(i))),
                                                            scoop::range(20)));
                      }>(scoop::range(20))
                          .collect();
    CHECK(sums == std::vector<double>(20, 20.0));
    for (int i = 0; i < 20; ++i) {  // given up while others read it
        const auto results = scoop::map<look_up>(scoop::fixed(Table(large)), scoop::range(1'000'000));
        (void)results;
    }
}

// Whose map it is has not looked at the shared value yet, and only its comm thread sends.
double map_labelled(const scoop::Shared<std::vector<double>>& values, bool as_tasks) {
    const auto labelled = scoop::fixed(Labelled{values, "label"});
    if (!as_tasks) return sum_of(scoop::map<look_up_labelled>(labelled, scoop::range(100)));
    scoop::TaskOptions options;
    options.retries = 1;
    return sum_of(scoop::map<look_up_labelled>(options, labelled, scoop::range(100)));
}

TEST_CASE("a fixed value may hold handles to shared values") {
    for (const bool as_tasks : {false, true}) {
        CAPTURE(as_tasks);
        const auto values = scoop::share(std::vector<double>(large, 1.0));
        std::vector<scoop::Future<double>> sums;
        for (int i = 0; i < 2 * scoop::size(); ++i) sums.push_back(scoop::submit<map_labelled>(values, as_tasks));
        for (auto& sum : sums) CHECK(sum.get() == 100);
    }
}
