// W7: how much faster tasks of a fixed amount of work are done by all workers than by a loop in the same process.
#pragma once

#include <cstdint>
#include <iostream>

#include "callees.hpp"
#include "report.hpp"

namespace bench {

struct Grain {
    const char* what;
    double seconds;  // of one task
    std::uint64_t tasks;
};
inline constexpr Grain grains[] = {
    {"tasks of 5 ms", 5e-3, 400}, {"tasks of 100 us", 100e-6, 20'000}, {"tasks of 10 us", 10e-6, 100'000}};

/// Of the tasks first, first + stride, and so on.
inline std::uint64_t spin_in_loop(std::uint64_t tasks, std::uint64_t steps, std::uint64_t first = 0,
                                  std::uint64_t stride = 1) {
    std::uint64_t sum = 0;
    for (std::uint64_t i = first; i < tasks; i += stride) sum += spin(i, steps);
    return sum;
}

inline double steps_per_second() {
    constexpr std::uint64_t steps = 100'000'000;
    const Stopwatch watch;
    const bool is_zero = spin(1, steps) == 0;
    return is_zero ? 0 : steps / watch.seconds();  // it never is; but the call must not be left out
}

/// `run(tasks, steps)` gives the sum of spin(i, steps) over all tasks. Whether the sums were right.
template <class Run>
bool report_speedups(Run run) {
    const double speed = steps_per_second();
    bool is_right = true;
    for (const Grain& grain : grains) {
        const auto steps = static_cast<std::uint64_t>(grain.seconds * speed);
        const Stopwatch loop_watch;
        const std::uint64_t sum = spin_in_loop(grain.tasks, steps);
        const double loop_seconds = loop_watch.seconds();
        const Stopwatch watch;
        const bool is_same = run(grain.tasks, steps) == sum;
        report(grain.what, loop_seconds / watch.seconds(), "times faster");
        if (!is_same) std::cerr << "the sum of " << grain.what << " is wrong\n";
        is_right = is_right && is_same;
    }
    return is_right;
}

}  // namespace bench
