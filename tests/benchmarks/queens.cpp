// W4: the 14,200 ways to place twelve queens on a board, every placement a task.
#include <array>
#include <cstdint>
#include <iostream>
#include <scoop/scoop.hpp>

#include "report.hpp"

namespace {

constexpr int queens = 12;
constexpr std::uint32_t all_columns = (1U << queens) - 1;

// The masks hold the columns that are taken and, shifted along row by row, the diagonals.
std::int64_t count_solutions(std::uint32_t columns, std::uint32_t left, std::uint32_t right) {
    if (columns == all_columns) return 1;
    std::array<scoop::Future<std::int64_t>, queens> placements;
    std::size_t count = 0;
    for (std::uint32_t free = all_columns & ~(columns | left | right); free != 0; free &= free - 1) {
        const std::uint32_t square = free & -free;
        placements[count++] =
            scoop::submit<count_solutions>(columns | square, (left | square) << 1, (right | square) >> 1);
    }
    std::int64_t solutions = 0;
    while (count > 0) solutions += placements[--count].get();
    return solutions;
}

int program() {
    const bench::Stopwatch watch;
    const std::int64_t solutions = scoop::submit<count_solutions>(0U, 0U, 0U).get();
    bench::report("12 queens, every placement a task", watch.seconds(), "s");
    if (solutions != 14'200) std::cerr << "queens: " << solutions << " solutions are wrong\n";
    return solutions == 14'200 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) { return scoop::run(argc, argv, program); }
