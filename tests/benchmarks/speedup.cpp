// W7: how much faster a map over tasks of a fixed amount of work is than the same calls in a loop.
#include "speedup.hpp"

#include <scoop/scoop.hpp>

namespace {

int program() {
    const bool is_right = bench::report_speedups([](std::uint64_t tasks, std::uint64_t steps) {
        std::uint64_t sum = 0;
        for (std::uint64_t result : scoop::map<bench::spin>(scoop::range(tasks), scoop::fixed(steps))) sum += result;
        return sum;
    });
    return is_right ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) { return scoop::run(argc, argv, program); }
