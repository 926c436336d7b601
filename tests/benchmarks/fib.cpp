// W3: Fibonacci numbers by the definition, every call a task: 2,692,537 tasks for fib(30).
#include <cstdint>
#include <iostream>
#include <scoop/scoop.hpp>

#include "report.hpp"

namespace {

std::int64_t fib(std::int64_t n) {
    if (n < 2) return n;
    auto first = scoop::submit<fib>(n - 1);
    auto second = scoop::submit<fib>(n - 2);
    const std::int64_t sum = second.get();
    return sum + first.get();
}

int program() {
    constexpr double calls = 2'692'537;
    (void)scoop::submit<fib>(20).get();  // the first tasks also pay for first touches of memory
    const bench::Stopwatch watch;
    const std::int64_t result = scoop::submit<fib>(30).get();
    bench::report("fib(30), every call a task", calls / watch.seconds(), "tasks/s");
    if (result != 832'040) std::cerr << "fib: fib(30) is not " << result << '\n';
    return result == 832'040 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) { return scoop::run(argc, argv, program); }
