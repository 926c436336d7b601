// Two processes without any runtime, W7: each runs every other task and nothing is asked of anybody until the end. What
// this machine's processors can do for the work at most.
#include <sys/wait.h>
#include <unistd.h>

#include "speedup.hpp"

namespace {

std::uint64_t run_in_two_processes(std::uint64_t tasks, std::uint64_t steps) {
    int ends[2];
    if (::pipe(ends) != 0) return 0;
    const pid_t child = ::fork();
    std::uint64_t sum = bench::spin_in_loop(tasks, steps, child == 0 ? 1 : 0, 2);
    if (child == 0) {
        const bool is_written = ::write(ends[1], &sum, sizeof sum) == sizeof sum;
        ::_exit(is_written ? 0 : 1);
    }
    std::uint64_t of_child = 0;
    if (child < 0 || ::read(ends[0], &of_child, sizeof of_child) != sizeof of_child) return 0;
    ::waitpid(child, nullptr, 0);
    ::close(ends[0]);
    ::close(ends[1]);
    return sum + of_child;
}

}  // namespace

int main() { return bench::report_speedups(run_in_two_processes) ? 0 : 1; }
