// In how many ways n queens can stand on an n×n board without attacking one another.
//
// usage: nqueens [queens [rows]]
//
// Queens are placed row by row. In the first `rows` rows (3 unless told) each placement is a task, which submits the
// placements in the next row as its children; below that a task searches on its own.
#include <cstdint>
#include <iostream>
#include <scoop/scoop.hpp>
#include <string>
#include <vector>

namespace {

// The state of a search: a plain struct travels as it is. Bit i of a mask stands for column i of the next row.
struct Board {
    std::uint32_t free_columns;
    std::uint32_t attacked_leftwards;   // by the queens above, along one diagonal
    std::uint32_t attacked_rightwards;  // and along the other
    std::int32_t rows_of_tasks;

    [[nodiscard]] std::uint32_t free_squares() const {
        return free_columns & ~attacked_leftwards & ~attacked_rightwards;
    }
    [[nodiscard]] Board with_queen_on(std::uint32_t square) const {
        return {free_columns & ~square, (attacked_leftwards | square) << 1, (attacked_rightwards | square) >> 1,
                rows_of_tasks - 1};
    }
};

// Calls `visit` for each way to place a queen in the next row.
template <class Visit>
void for_each_placement(const Board& board, Visit visit) {
    for (std::uint32_t squares = board.free_squares(); squares != 0; squares &= squares - 1)
        visit(board.with_queen_on(squares & -squares));
}

std::int64_t count_solutions(const Board& board) {
    if (board.free_columns == 0) return 1;
    std::int64_t solutions = 0;
    if (board.rows_of_tasks <= 0) {
        for_each_placement(board, [&](const Board& next) { solutions += count_solutions(next); });
        return solutions;
    }
    std::vector<scoop::Future<std::int64_t>> placements;
    for_each_placement(board, [&](const Board& next) { placements.push_back(scoop::submit<count_solutions>(next)); });
    for (auto& placement : placements) solutions += placement.get();
    return solutions;
}

int program(int argc, char** argv) {
    const int queens = argc > 1 ? std::stoi(argv[1]) : 12;
    const int rows_of_tasks = argc > 2 ? std::stoi(argv[2]) : 3;
    if (queens < 1 || queens > 31) {
        std::cerr << "usage: nqueens [queens [rows]], with 1 to 31 queens\n";
        return 2;
    }
    const Board empty{(std::uint32_t{1} << queens) - 1, 0, 0, rows_of_tasks};
    std::cout << queens << " queens: " << scoop::submit<count_solutions>(empty).get() << " solutions\n";
    return 0;
}

}  // namespace

int main(int argc, char** argv) { return scoop::run(argc, argv, program); }
