// W1: a map of a function that does nothing, in elements per second.
#include <cstdint>
#include <iostream>
#include <scoop/scoop.hpp>

#include "callees.hpp"
#include "report.hpp"

namespace {

std::int64_t sum_of_map(std::int64_t elements) {
    std::int64_t sum = 0;
    for (std::int64_t value : scoop::map<bench::same>(scoop::range(elements))) sum += value;
    return sum;
}

bool measure(std::int64_t elements, const char* what) {
    const bench::Stopwatch watch;
    const std::int64_t sum = sum_of_map(elements);
    bench::report(what, static_cast<double>(elements) / watch.seconds(), "tasks/s");
    return sum == elements * (elements - 1) / 2;
}

int program() {
    (void)sum_of_map(1000);  // the first map also pays for first touches of memory
    const bool is_right = measure(100'000, "100 k elements") && measure(10'000'000, "10 M elements");
    if (!is_right) std::cerr << "map_noop: the sum is wrong\n";
    return is_right ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) { return scoop::run(argc, argv, program); }
