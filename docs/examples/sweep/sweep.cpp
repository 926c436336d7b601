// A parameter sweep in which some points fail: shows each result as it comes, survives the points that diverge, and
// draws the whole sweep at the end.
//
// run: scoop-run -n 4 sweep
//
// Each point minimises the same badly conditioned quadratic by gradient descent with another learning rate and another
// momentum. Too high a rate diverges, too low a one is not done in time: both are exceptions of that point alone.
#include <cmath>
#include <iostream>
#include <limits>
#include <scoop/scoop.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

constexpr int rates = 30;
constexpr int momenta = 10;
constexpr int steps_max = 2000;

struct Point {
    double rate;
    double momentum;
};

Point point_of(int rate, int momentum) { return {0.001 * std::pow(1.2, rate), 0.1 * momentum}; }

/// How many steps the descent takes at this point of the sweep.
int descend(int rate_number, int momentum_number) {
    const auto [rate, momentum] = point_of(rate_number, momentum_number);
    constexpr int dimensions = 500;
    std::vector<double> position(dimensions, 1.0);
    std::vector<double> velocity(dimensions, 0.0);
    for (int step = 1; step <= steps_max; ++step) {
        double distance = 0;
        for (int i = 0; i < dimensions; ++i) {
            const double slope = (1 + 99.0 * i / (dimensions - 1)) * position[i];
            velocity[i] = momentum * velocity[i] - rate * slope;
            position[i] += velocity[i];
            distance += position[i] * position[i];
        }
        if (distance > 1e12) throw std::overflow_error("diverged after " + std::to_string(step) + " steps");
        if (distance < 1e-12) return step;
    }
    throw std::runtime_error("not done after " + std::to_string(steps_max) + " steps");
}

int program() {
    std::string drawing(rates * momenta, '?');
    int steps_least = std::numeric_limits<int>::max();
    int best = 0;
    auto points = scoop::map_as_completed<descend>(scoop::product(scoop::range(rates), scoop::range(momenta)));
    for (auto& point : points) {
        const auto number = static_cast<int>(point.index);
        try {
            const int steps = point.get();
            drawing[number] = steps < 100 ? '#' : steps < 500 ? '+' : '.';
            // The first of the sweep among equals, in whatever order they come.
            if (steps < steps_least || (steps == steps_least && number < best)) {
                steps_least = steps;
                best = number;
                std::cout << "best so far: point " << number << ", " << steps << " steps\n" << std::flush;
            }
        } catch (const std::overflow_error&) {
            drawing[number] = 'x';
        } catch (const std::runtime_error&) {
            drawing[number] = ' ';
        }
    }

    std::cout
        << "\nlearning rate to the right, momentum downwards; # fast, + . slow, x diverged, blank not done in time\n";
    for (int momentum = 0; momentum < momenta; ++momentum) {
        for (int rate = 0; rate < rates; ++rate) std::cout << drawing[rate * momenta + momentum];
        std::cout << '\n';
    }
    const auto [rate, momentum] = point_of(best / momenta, best % momenta);
    std::cout << "best: rate " << rate << ", momentum " << momentum << ", " << steps_least << " steps\n";
    return drawing.find('?') == std::string::npos ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) { return scoop::run(argc, argv, program); }
