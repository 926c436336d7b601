// Cholesky factorization of a tiled matrix by dataflow: every step is a task whose arguments are the futures of other
// steps. The program submits them all in the order of the textbook and never waits in between; a step runs as soon as
// its inputs are there, and they go straight to where it runs.
//
// run: scoop-run -n 4 cholesky [tiles [side of a tile]]
#include <cmath>
#include <iostream>
#include <scoop/scoop.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

/// A square block of the matrix, row by row.
struct Tile {
    int side = 0;
    std::vector<double> values;

    double& at(int row, int column) { return values[row * side + column]; }
    [[nodiscard]] double at(int row, int column) const { return values[row * side + column]; }
};

/// Of the symmetric matrix to be factorized: 1/(1 + distance from the diagonal), and more on it.
Tile make_tile(int side, int tile_row, int tile_column) {
    Tile tile{side, std::vector<double>(static_cast<std::size_t>(side) * side)};
    for (int row = 0; row < side; ++row) {
        for (int column = 0; column < side; ++column) {
            const int distance = std::abs((tile_row - tile_column) * side + row - column);
            tile.at(row, column) = 1.0 / (1 + distance) + (distance == 0 ? 8 : 0);
        }
    }
    return tile;
}

/// a - l1 l2ᵀ
Tile update(Tile a, const Tile& l1, const Tile& l2) {
    for (int row = 0; row < a.side; ++row) {
        for (int column = 0; column < a.side; ++column) {
            double sum = 0;
            for (int k = 0; k < a.side; ++k) sum += l1.at(row, k) * l2.at(column, k);
            a.at(row, column) -= sum;
        }
    }
    return a;
}

/// The lower triangle l of a diagonal tile, with l lᵀ = a.
Tile factorize(Tile a) {
    for (int column = 0; column < a.side; ++column) {
        for (int row = 0; row < a.side; ++row) {
            double sum = row < column ? 0 : a.at(row, column);
            for (int k = 0; row >= column && k < column; ++k) sum -= a.at(row, k) * a.at(column, k);
            if (row == column && sum <= 0) throw std::domain_error("the matrix is not positive definite");
            a.at(row, column) = row < column ? 0 : row == column ? std::sqrt(sum) : sum / a.at(column, column);
        }
    }
    return a;
}

/// x with x lᵀ = a
Tile solve(Tile a, const Tile& l) {
    for (int row = 0; row < a.side; ++row) {
        for (int column = 0; column < a.side; ++column) {
            double sum = a.at(row, column);
            for (int k = 0; k < column; ++k) sum -= a.at(row, k) * l.at(column, k);
            a.at(row, column) = sum / l.at(column, column);
        }
    }
    return a;
}

double norm_squared(const Tile& tile) {
    double sum = 0;
    for (double value : tile.values) sum += value * value;
    return sum;
}

using Triangle = std::vector<std::vector<scoop::SharedFuture<Tile>>>;  // of tiles; rows of growing length

Triangle factorize_matrix(int tiles, int side) {
    Triangle l(tiles);
    for (int row = 0; row < tiles; ++row) {
        for (int column = 0; column <= row; ++column) {
            auto tile = scoop::submit<make_tile>(side, row, column);
            for (int k = 0; k < column; ++k) tile = scoop::submit<update>(std::move(tile), l[row][k], l[column][k]);
            tile = row == column ? scoop::submit<factorize>(std::move(tile))
                                 : scoop::submit<solve>(std::move(tile), l[column][column]);
            l[row].push_back(tile.share());
        }
    }
    return l;
}

/// |A - L Lᵀ| / |A|, by dataflow as well.
double residual_of(const Triangle& l, int side) {
    std::vector<scoop::Future<double>> differences, norms;
    for (int row = 0; row < std::ssize(l); ++row) {
        for (int column = 0; column <= row; ++column) {
            norms.push_back(scoop::submit<norm_squared>(scoop::submit<make_tile>(side, row, column)));
            auto tile = scoop::submit<make_tile>(side, row, column);
            for (int k = 0; k <= column; ++k) tile = scoop::submit<update>(std::move(tile), l[row][k], l[column][k]);
            differences.push_back(scoop::submit<norm_squared>(std::move(tile)));
        }
    }
    double difference = 0, norm = 0;
    for (auto& future : differences) difference += future.get();
    for (auto& future : norms) norm += future.get();
    return std::sqrt(difference / norm);
}

int program(int argc, char** argv) {
    const int tiles = argc > 1 ? std::stoi(argv[1]) : 8;
    const int side = argc > 2 ? std::stoi(argv[2]) : 48;
    const Triangle l = factorize_matrix(tiles, side);
    double logarithm_of_determinant = 0;
    for (const auto& row : l)
        for (int i = 0; i < side; ++i) logarithm_of_determinant += 2 * std::log(row.back().get().at(i, i));
    std::cout << "matrix of " << tiles * side << " rows, logarithm of its determinant " << logarithm_of_determinant
              << '\n';
    const bool is_accurate = residual_of(l, side) < 1e-14 * tiles * side;
    std::cout << (is_accurate ? "the residual is zero but for rounding\n" : "the residual is too large\n");
    return is_accurate ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) { return scoop::run(argc, argv, program); }
