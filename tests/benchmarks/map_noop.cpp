// W1: a map of a function that does nothing, in elements per second, and how evenly the ranks share its elements.
#include <algorithm>
#include <cstdint>
#include <iostream>
#include <scoop/scoop.hpp>
#include <utility>
#include <vector>

#include "callees.hpp"
#include "report.hpp"

namespace {

std::int64_t sum_of_map(std::int64_t elements) {
    std::int64_t sum = 0;
    for (std::int64_t value : scoop::map<bench::same>(scoop::range(elements))) sum += value;
    return sum;
}

bool is_sum_right(std::int64_t elements) { return sum_of_map(elements) == elements * (elements - 1) / 2; }

bool measure_once(std::int64_t elements, const char* what) {
    const bench::Stopwatch watch;
    const bool is_right = is_sum_right(elements);
    bench::report(what, static_cast<double>(elements) / watch.seconds(), "tasks/s");
    return is_right;
}

std::int64_t calls_here = 0;  // only touched by tasks, which all run on the one compute thread of their process

std::int64_t same_and_count(std::int64_t number) {
    ++calls_here;
    return bench::same(number);
}

std::int64_t take_calls() { return std::exchange(calls_here, 0); }

bool measure_smallest_share(std::int64_t elements) {
    for (std::int64_t value : scoop::map<same_and_count>(scoop::range(elements))) (void)value;
    const std::vector<std::int64_t> of_ranks = scoop::on_each_worker<take_calls>();
    std::int64_t all = 0;
    for (const std::int64_t calls : of_ranks) all += calls;
    const auto fewest = static_cast<double>(*std::min_element(of_ranks.begin(), of_ranks.end()));
    bench::report("10 M elements, share of the rank with the fewest", 100 * fewest / static_cast<double>(all), "%");
    return all == elements;
}

int program() {
    (void)sum_of_map(1000);
    const bool is_right = bench::report_rate("100 k elements", 100e3, [] { return is_sum_right(100'000); }) &&
                          measure_once(10'000'000, "10 M elements") &&
                          (scoop::size() == 1 || measure_smallest_share(10'000'000));
    if (!is_right) std::cerr << "map_noop: the sum is wrong\n";
    return is_right ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) { return scoop::run(argc, argv, program); }
