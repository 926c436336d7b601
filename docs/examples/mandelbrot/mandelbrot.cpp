// The Mandelbrot set in tiles, a task for each, put into the picture in whatever order they are done.
//
// run: scoop-run -n 4 mandelbrot                      a small picture in letters
//      scoop-run -n 4 mandelbrot 1920 1080 set.pgm    a large one as a file
//
// All arithmetic is on integers, so the picture is the same on any machine and with any number of workers.
#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <scoop/scoop.hpp>
#include <string>
#include <vector>

namespace {

constexpr int tile_side = 16;  // points
constexpr int iterations_max = 255;

/// A rectangle of points, and the picture it belongs to.
struct Tile {
    int left, top, right, bottom;
    int width, height;
};

// Complex numbers with 26 bits behind the binary point: a square below 2^6 fits 64 bits with 52.
constexpr int fraction_bits = 26;
constexpr std::int64_t one = std::int64_t{1} << fraction_bits;
constexpr std::int64_t multiply(std::int64_t a, std::int64_t b) { return (a * b) >> fraction_bits; }

std::uint8_t count_iterations(std::int64_t real, std::int64_t imaginary) {
    std::int64_t x = 0, y = 0;
    for (int i = 0; i < iterations_max; ++i) {
        const std::int64_t xx = multiply(x, x), yy = multiply(y, y);
        if (xx + yy > 4 * one) return static_cast<std::uint8_t>(i);
        y = 2 * multiply(x, y) + imaginary;
        x = xx - yy + real;
    }
    return iterations_max;
}

/// The points of a tile, row by row.
std::vector<std::uint8_t> draw(const Tile& tile) {
    std::vector<std::uint8_t> points;
    for (int y = tile.top; y < tile.bottom; ++y)
        for (int x = tile.left; x < tile.right; ++x)  // -2.25 to 0.75, and -1.25 to 1.25
            points.push_back(count_iterations((2 * x + 1) * 3 * one / (2 * tile.width) - one * 9 / 4,
                                              (2 * y + 1) * 5 * one / (4 * tile.height) - one * 5 / 4));
    return points;
}

std::vector<Tile> tiles_of(int width, int height) {
    std::vector<Tile> tiles;
    for (int top = 0; top < height; top += tile_side)
        for (int left = 0; left < width; left += tile_side)
            tiles.push_back(
                {left, top, std::min(left + tile_side, width), std::min(top + tile_side, height), width, height});
    return tiles;
}

void print_in_letters(const std::vector<std::uint8_t>& picture, int width) {
    for (std::size_t i = 0; i < picture.size(); ++i) {
        const int iterations = picture[i];
        std::cout << (iterations == iterations_max ? '#'
                      : iterations > 20            ? '+'
                      : iterations > 8             ? '-'
                      : iterations > 4             ? '.'
                                                   : ' ');
        if ((i + 1) % width == 0) std::cout << '\n';
    }
}

int program(int argc, char** argv) {
    const int width = argc > 2 ? std::stoi(argv[1]) : 72;
    const int height = argc > 2 ? std::stoi(argv[2]) : 30;
    if (argc == 2 || width < 1 || height < 1) {
        std::cerr << "usage: mandelbrot [width height [file.pgm]]\n";
        return 2;
    }
    std::vector<std::uint8_t> picture(std::size_t(width) * height);
    const std::vector<Tile> tiles = tiles_of(width, height);
    for (auto& drawn : scoop::map_as_completed<draw>(tiles)) {
        const Tile& tile = tiles[drawn.index];
        const std::vector<std::uint8_t> points = drawn.get();
        auto point = points.begin();
        for (int y = tile.top; y < tile.bottom; ++y, point += tile.right - tile.left)
            std::copy_n(point, tile.right - tile.left, picture.begin() + y * std::ptrdiff_t(width) + tile.left);
    }

    if (argc > 3) {
        std::ofstream file(argv[3], std::ios::binary);
        file << "P5\n" << width << ' ' << height << "\n255\n";
        file.write(reinterpret_cast<const char*>(picture.data()), static_cast<std::streamsize>(picture.size()));
        if (!file.flush()) throw std::runtime_error(std::string("cannot write ") + argv[3]);
    } else {
        print_in_letters(picture, width);
    }
    std::cout << std::ranges::count(picture, iterations_max) << " of " << picture.size() << " points are in the set\n";
    return 0;
}

}  // namespace

int main(int argc, char** argv) { return scoop::run(argc, argv, program); }
