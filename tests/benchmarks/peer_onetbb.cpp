// oneTBB: the workloads W1, W1b, W3, W4 and W7 with the tasks of one process.
//
// usage: onetbb THREADS
#include <oneapi/tbb.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <vector>

#include "callees.hpp"
#include "report.hpp"
#include "speedup.hpp"

namespace {

// Every element a task, as it is when nobody may say how many go together.
bool map_noop(std::int64_t elements) {
    std::vector<std::int64_t> results(static_cast<std::size_t>(elements));
    tbb::parallel_for(
        tbb::blocked_range<std::int64_t>(0, elements, 1),
        [&](const auto& range) {
            for (std::int64_t i = range.begin(); i < range.end(); ++i)
                results[static_cast<std::size_t>(i)] = bench::same(i);
        },
        tbb::simple_partitioner());
    std::int64_t sum = 0;
    for (const std::int64_t value : results) sum += value;
    return sum == elements * (elements - 1) / 2;
}

bool submit_noop() {
    constexpr std::int64_t tasks = 100'000;
    std::vector<std::int64_t> results(tasks);
    tbb::task_group group;
    for (std::int64_t i = 0; i < tasks; ++i)
        group.run([&results, i] { results[static_cast<std::size_t>(i)] = bench::same(i); });
    group.wait();
    std::int64_t sum = 0;
    for (const std::int64_t value : results) sum += value;
    return sum == tasks * (tasks - 1) / 2;
}

std::int64_t fib(std::int64_t n) {
    if (n < 2) return n;
    std::int64_t first = 0;
    std::int64_t second = 0;
    tbb::task_group group;
    group.run([&] { first = fib(n - 1); });
    group.run([&] { second = fib(n - 2); });
    group.wait();
    return first + second;
}

std::uint64_t spin_in_parallel(std::uint64_t tasks, std::uint64_t steps) {
    return tbb::parallel_reduce(
        tbb::blocked_range<std::uint64_t>(0, tasks), std::uint64_t{0},
        [steps](const auto& range, std::uint64_t sum) {
            for (std::uint64_t i = range.begin(); i < range.end(); ++i) sum += bench::spin(i, steps);
            return sum;
        },
        std::plus<>());
}

constexpr int queens = 12;
constexpr std::uint32_t all_columns = (1U << queens) - 1;

std::int64_t count_solutions(std::uint32_t columns, std::uint32_t left, std::uint32_t right) {
    if (columns == all_columns) return 1;
    std::array<std::int64_t, queens> found{};
    std::size_t count = 0;
    tbb::task_group group;
    for (std::uint32_t free = all_columns & ~(columns | left | right); free != 0; free &= free - 1) {
        const std::uint32_t square = free & -free;
        group.run([=, &solutions = found[count++]] {
            solutions = count_solutions(columns | square, (left | square) << 1, (right | square) >> 1);
        });
    }
    group.wait();
    std::int64_t solutions = 0;
    for (const std::int64_t of_placement : found) solutions += of_placement;
    return solutions;
}

}  // namespace

int main(int argc, char** argv) {
    const int threads = argc == 2 ? std::atoi(argv[1]) : 0;
    if (threads < 1) {
        std::cerr << "usage: onetbb THREADS\n";
        return 2;
    }
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(threads));
    (void)fib(20);  // its threads start with the first tasks
    bool is_right = bench::report_rate("100 k elements", 100e3, [] { return map_noop(100'000); });
    const bench::Stopwatch map_watch;
    is_right = map_noop(10'000'000) && is_right;
    bench::report("10 M elements", 10e6 / map_watch.seconds(), "tasks/s");
    is_right = bench::report_rate("100 k submits, then gets, in a task", 100e3, submit_noop) && is_right;
    const bench::Stopwatch fib_watch;
    is_right = fib(30) == 832'040 && is_right;
    bench::report("fib(30), every call a task", 2'692'537 / fib_watch.seconds(), "tasks/s");
    const bench::Stopwatch queens_watch;
    is_right = count_solutions(0, 0, 0) == 14'200 && is_right;
    bench::report("12 queens, every placement a task", queens_watch.seconds(), "s");
    if (threads > 1) is_right = bench::report_speedups(spin_in_parallel) && is_right;
    if (!is_right) std::cerr << "onetbb: a result is wrong\n";
    return is_right ? 0 : 1;
}
