// Pi by throwing points at a square and counting those that hit the quarter circle in it (Monte Carlo).
//
// usage: pi [tasks]
//
// A task's random numbers depend on its number alone and all arithmetic is on integers, so the digits printed are the
// same with any number of workers, on any machine.
#include <cstdint>
#include <iomanip>
#include <iostream>
#include <random>
#include <scoop/scoop.hpp>
#include <string>

namespace {

constexpr std::int64_t points_per_task = 100'000;

std::int64_t count_hits(std::uint64_t seed, std::int64_t points) {
    std::mt19937_64 random(seed);
    const auto coordinate = [&random] { return random() >> 33; };  // 31 bits: the sum of two squares fits 64
    std::int64_t hits = 0;
    for (std::int64_t i = 0; i < points; ++i) {
        const std::uint64_t x = coordinate();
        const std::uint64_t y = coordinate();
        if (x * x + y * y < std::uint64_t{1} << 62) ++hits;
    }
    return hits;
}

int program(int argc, char** argv) {
    const std::int64_t tasks = argc > 1 ? std::stoll(argv[1]) : 500;
    std::int64_t hits = 0;
    for (std::int64_t part : scoop::map<count_hits>(scoop::range(tasks), scoop::fixed(points_per_task))) hits += part;

    const double pi = 4.0 * static_cast<double>(hits) / static_cast<double>(tasks * points_per_task);
    std::cout << "pi is about " << std::setprecision(8) << pi << " after " << tasks * points_per_task << " points\n";
    return 0;
}

}  // namespace

int main(int argc, char** argv) { return scoop::run(argc, argv, program); }
