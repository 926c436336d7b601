// W7: how much faster a map over tasks of a fixed amount of work is than the same calls in a loop.
#include <cstdint>
#include <iostream>
#include <scoop/scoop.hpp>

#include "callees.hpp"
#include "report.hpp"

namespace {

struct Grain {
    const char* what;
    double seconds;  // of one task
    std::uint64_t tasks;
};
constexpr Grain grains[] = {
    {"tasks of 5 ms", 5e-3, 400}, {"tasks of 100 us", 100e-6, 20'000}, {"tasks of 10 us", 10e-6, 100'000}};

std::uint64_t loop(std::uint64_t tasks, std::uint64_t steps) {
    std::uint64_t sum = 0;
    for (std::uint64_t i = 0; i < tasks; ++i) sum += bench::spin(i, steps);
    return sum;
}

std::uint64_t map(std::uint64_t tasks, std::uint64_t steps) {
    std::uint64_t sum = 0;
    for (std::uint64_t result : scoop::map<bench::spin>(scoop::range(tasks), scoop::fixed(steps))) sum += result;
    return sum;
}

double steps_per_second() {
    constexpr std::uint64_t steps = 100'000'000;
    const bench::Stopwatch watch;
    const bool is_zero = bench::spin(1, steps) == 0;
    return is_zero ? 0 : steps / watch.seconds();  // it never is; but the call must not be left out
}

int program() {
    const double speed = steps_per_second();
    for (const Grain& grain : grains) {
        const auto steps = static_cast<std::uint64_t>(grain.seconds * speed);
        const bench::Stopwatch loop_watch;
        const std::uint64_t loop_sum = loop(grain.tasks, steps);
        const double loop_seconds = loop_watch.seconds();
        const bench::Stopwatch map_watch;
        const std::uint64_t map_sum = map(grain.tasks, steps);
        bench::report(grain.what, loop_seconds / map_watch.seconds(), "times faster");
        if (map_sum != loop_sum) {
            std::cerr << "speedup: the sum is wrong\n";
            return 1;
        }
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) { return scoop::run(argc, argv, program); }
