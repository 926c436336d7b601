// Evolves a sorting network: a fixed sequence of comparators, each of which orders two wires, that sorts whatever is on
// its wires. The usual pattern of evolutionary computing: the root makes a new generation, a map evaluates it.
//
// run: scoop-run -n 4 sorting_network [generations [seed]]
//
// All random decisions are made on the root, so the course of evolution is the same at any number of workers.
#include <algorithm>
#include <cstdint>
#include <iostream>
#include <numeric>
#include <random>
#include <scoop/scoop.hpp>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr int wires = 8;
constexpr std::size_t population_size = 300;
constexpr std::size_t survivors = 30;

struct Comparator {
    std::int8_t upper;
    std::int8_t lower;
};
using Network = std::vector<Comparator>;

/// What selection looks at: first whether everything is sorted, then how short the network is.
struct Fitness {
    std::int32_t unsorted = 0;
    std::int32_t comparators = 0;
    friend auto operator<=>(const Fitness&, const Fitness&) = default;
};

/// A network that sorts all inputs of zeros and ones sorts everything (Knuth's 0-1 principle).
Fitness evaluate(const Network& network) {
    Fitness fitness{0, static_cast<std::int32_t>(network.size())};
    for (std::uint32_t input = 0; input < 1U << wires; ++input) {
        std::uint32_t values = input;
        for (const auto [upper, lower] : network) {
            const std::uint32_t is_swapped = values >> upper & ~(values >> lower) & 1;
            values ^= is_swapped << upper | is_swapped << lower;
        }
        // Sorted are the inputs whose ones are all on the last wires.
        const std::uint32_t zeros = ~values & ((1U << wires) - 1);
        if ((zeros & (zeros + 1)) != 0) ++fitness.unsorted;
    }
    return fitness;
}

class Evolution {
public:
    explicit Evolution(std::uint64_t seed) : random_(seed) {
        while (population_.size() < population_size) {
            Network network(25);
            for (Comparator& comparator : network) comparator = random_comparator();
            population_.push_back(std::move(network));
        }
        select();
    }

    /// The next generation: the survivors, and their offspring in place of the others.
    void advance() {
        population_.resize(survivors);
        while (population_.size() < population_size)
            population_.push_back(mutated(crossed(population_[below(survivors)], population_[below(survivors)])));
        select();
    }
    [[nodiscard]] const Network& best() const { return population_.front(); }

private:
    /// Sorts the population, the fittest first.
    void select() {
        const std::vector<Fitness> fitness = scoop::map<evaluate>(population_).collect();
        std::vector<std::size_t> order(population_.size());
        std::iota(order.begin(), order.end(), 0);
        std::ranges::stable_sort(order, {}, [&](std::size_t i) { return fitness[i]; });
        std::vector<Network> sorted;
        for (std::size_t i : order) sorted.push_back(std::move(population_[i]));
        population_ = std::move(sorted);
    }
    Network crossed(const Network& a, const Network& b) {
        const auto cut = static_cast<std::ptrdiff_t>(below(std::min(a.size(), b.size()) + 1));
        Network child(a.begin(), a.begin() + cut);
        child.insert(child.end(), b.begin() + cut, b.end());
        return child;
    }
    Network mutated(Network network) {
        do {
            const auto at = static_cast<std::ptrdiff_t>(below(network.size() + 1));
            switch (below(3)) {
                case 0: network.insert(network.begin() + at, random_comparator()); break;
                case 1:
                    if (at < std::ssize(network)) network.erase(network.begin() + at);
                    break;
                default:
                    if (at < std::ssize(network)) network[at] = random_comparator();
            }
        } while (below(2) == 0);
        return network;
    }
    Comparator random_comparator() {
        const auto a = static_cast<std::int8_t>(below(wires));
        const auto b = static_cast<std::int8_t>((a + 1 + below(wires - 1)) % wires);
        return {std::min(a, b), std::max(a, b)};
    }
    /// The standard's distributions differ between libraries; the small bias of a remainder does not matter here.
    std::size_t below(std::size_t count) { return random_() % count; }

    std::mt19937_64 random_;
    std::vector<Network> population_;
};

void draw(const Network& network) {
    for (int wire = 0; wire < wires; ++wire) {
        for (const auto [upper, lower] : network)
            std::cout << '-' << (wire == upper || wire == lower ? 'o' : upper < wire && wire < lower ? '|' : '-');
        std::cout << "-\n";
    }
}

int program(int argc, char** argv) {
    const int generations = argc > 1 ? std::stoi(argv[1]) : 150;
    Evolution evolution(argc > 2 ? std::stoull(argv[2]) : 1);
    for (int i = 0; i < generations; ++i) evolution.advance();

    const Fitness fitness = evaluate(evolution.best());
    draw(evolution.best());
    std::cout << fitness.comparators << " comparators leave " << fitness.unsorted << " of " << (1 << wires)
              << " inputs unsorted\n";
    return 0;
}

}  // namespace

int main(int argc, char** argv) { return scoop::run(argc, argv, program); }
