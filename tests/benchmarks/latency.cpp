// W2: how long one submit and get take when the task runs in another process, one at a time.
//
// Run with `scoop-run -n 2 --root-works no`, so that every task runs in the other worker.
#include <algorithm>
#include <cstdint>
#include <iostream>
#include <scoop/scoop.hpp>
#include <vector>

#include "report.hpp"

namespace {

constexpr int tasks = 10'000;
constexpr int tasks_before = 1'000;  // not measured: caches, buffers and the estimates of the runtime settle

int rank_of_task(std::int64_t) { return scoop::rank(); }

int program() {
    std::vector<double> times;
    for (int i = -tasks_before; i < tasks; ++i) {
        const bench::Stopwatch watch;
        const int rank = scoop::submit<rank_of_task>(i).get();
        if (i >= 0) times.push_back(watch.seconds());
        if (rank == 0) {
            std::cerr << "latency: a task ran in the root; start this with scoop-run -n 2 --root-works no\n";
            return 1;
        }
    }
    std::sort(times.begin(), times.end());
    bench::report("median", times[times.size() / 2] * 1e6, "us");
    bench::report("99th percentile", times[times.size() * 99 / 100] * 1e6, "us");
    return 0;
}

}  // namespace

int main(int argc, char** argv) { return scoop::run(argc, argv, program); }
