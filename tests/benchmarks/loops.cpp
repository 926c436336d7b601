// PFor and RecPFor (Shiina and Taura's synthetic loops, leaves of 10 µs), and a sweep over 10,000 points whose times
// are log-normal: how much of the time all workers are busy with the work itself.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <random>
#include <scoop/scoop.hpp>
#include <vector>

#include "callees.hpp"
#include "report.hpp"

namespace {

constexpr std::uint64_t blocks = 5;
constexpr std::uint64_t loop_elements = 1 << 13;
constexpr std::uint64_t sweep_points = 10'000;

std::uint64_t parallel_for(std::uint64_t elements, std::uint64_t steps) {
    std::uint64_t done = 0;
    for (const std::uint64_t result : scoop::map<bench::spin>(scoop::range(elements), scoop::fixed(steps)))
        done += result != 0 ? 1 : 0;
    return done;
}

std::uint64_t recursive_for(std::uint64_t elements, std::uint64_t steps) {
    std::uint64_t done = 0;
    for (std::uint64_t i = 0; i < blocks; ++i) done += parallel_for(elements, steps);
    if (elements == 1) return done;
    auto left = scoop::submit<recursive_for>(elements / 2, steps);
    auto right = scoop::submit<recursive_for>(elements / 2, steps);
    const std::uint64_t of_right = right.get();
    return done + left.get() + of_right;
}

std::uint64_t block_for(std::uint64_t elements, std::uint64_t steps) {
    std::uint64_t done = 0;
    for (std::uint64_t i = 0; i < blocks; ++i) done += parallel_for(elements, steps);
    return done;
}

double steps_per_second() {
    constexpr std::uint64_t steps = 100'000'000;
    const bench::Stopwatch watch;
    return bench::spin(1, steps) == 0 ? 0 : steps / watch.seconds();
}

// Of a mean of 0.3 ms, seldom more than 10.
std::vector<std::uint64_t> log_normal_steps(double speed) {
    std::mt19937_64 random(42);
    std::lognormal_distribution<double> seconds(std::log(1e-4), 1.5);
    std::vector<std::uint64_t> steps(sweep_points);
    std::generate(steps.begin(), steps.end(), [&] { return static_cast<std::uint64_t>(seconds(random) * speed); });
    return steps;
}

// `run` does this much work of one processor.
template <class Run>
void report_busy(const char* what, std::uint64_t steps, double speed, Run run) {
    const bench::Stopwatch watch;
    run();
    const double possible = watch.seconds() * static_cast<double>(scoop::size());
    bench::report(what, 100 * static_cast<double>(steps) / speed / possible, "% busy");
}

int program() {
    const double speed = steps_per_second();
    const auto leaf = static_cast<std::uint64_t>(10e-6 * speed);
    std::uint64_t done = 0;
    report_busy("PFor, leaves of 10 us", blocks * loop_elements * leaf, speed,
                [&] { done = scoop::submit<block_for>(loop_elements, leaf).get(); });
    bool is_right = done == blocks * loop_elements;
    std::uint64_t leaves = 0;
    for (std::uint64_t elements = loop_elements, calls = 1; elements > 0; elements /= 2, calls *= 2)
        leaves += blocks * elements * calls;
    report_busy("RecPFor, leaves of 10 us", leaves * leaf, speed,
                [&] { done = scoop::submit<recursive_for>(loop_elements, leaf).get(); });
    is_right = is_right && done == leaves;

    const auto steps = log_normal_steps(speed);
    std::uint64_t all_steps = 0;
    for (const std::uint64_t of_point : steps) all_steps += of_point;
    report_busy("sweep of 10,000 log-normal points", all_steps, speed, [&] {
        for (const std::uint64_t result : scoop::map<bench::spin>(scoop::range(sweep_points), steps))
            done += result & 1;
    });
    if (!is_right) std::cerr << "loops: " << done << " leaves are wrong\n";
    return is_right ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) { return scoop::run(argc, argv, program); }
