// W1b: 100 k submits of a function that does nothing, then 100 k gets, from the program and from inside a task.
#include <cstdint>
#include <iostream>
#include <scoop/scoop.hpp>
#include <vector>

#include "callees.hpp"
#include "report.hpp"

namespace {

constexpr std::int64_t tasks = 100'000;

// Returns the time taken in seconds, or a negative number if a result was wrong.
double submit_then_get() {
    const bench::Stopwatch watch;
    std::vector<scoop::Future<std::int64_t>> futures;
    futures.reserve(tasks);
    for (std::int64_t i = 0; i < tasks; ++i) futures.push_back(scoop::submit<bench::same>(i));
    std::int64_t sum = 0;
    for (auto& future : futures) sum += future.get();
    const double seconds = watch.seconds();
    return sum == tasks * (tasks - 1) / 2 ? seconds : -1;
}

int program() {
    const double in_program = submit_then_get();
    const double in_task = scoop::submit<submit_then_get>().get();
    if (in_program < 0 || in_task < 0) {
        std::cerr << "submit_noop: a sum is wrong\n";
        return 1;
    }
    bench::report("100 k submits, then gets, in the program", tasks / in_program, "tasks/s");
    bench::report("100 k submits, then gets, in a task", tasks / in_task, "tasks/s");
    return 0;
}

}  // namespace

int main(int argc, char** argv) { return scoop::run(argc, argv, program); }
