// Branch and bound: the most valuable selection of things that a knapsack can carry. Each task searches below one
// partial selection. The best value found so far is a bound that they all share: what cannot beat it is not searched.
//
// run: scoop-run -n 4 knapsack [things]
#include <algorithm>
#include <cstdint>
#include <functional>
#include <iostream>
#include <random>
#include <scoop/scoop.hpp>
#include <string>
#include <utility>
#include <vector>

namespace {

struct Thing {
    std::int64_t value;
    std::int64_t weight;
};

/// The things, most value for the weight first, and what the knapsack holds.
struct Problem {
    std::vector<Thing> things;
    std::int64_t capacity = 0;
};

/// A partial selection: the first `decided` things are in or out.
struct Selection {
    std::size_t decided = 0;
    std::int64_t value = 0;
    std::int64_t capacity_left = 0;
};

/// No completion of the selection is worth more: it takes a part of the first thing that does not fit.
std::int64_t upper_bound(const Problem& problem, Selection selection) {
    for (std::size_t i = selection.decided; i < problem.things.size(); ++i) {
        const auto [value, weight] = problem.things[i];
        if (weight > selection.capacity_left) return selection.value + value * selection.capacity_left / weight;
        selection.capacity_left -= weight;
        selection.value += value;
    }
    return selection.value;
}

template <class Visit>
void for_each_branch(const Problem& problem, Selection selection, Visit visit) {
    const auto [value, weight] = problem.things[selection.decided++];
    if (weight <= selection.capacity_left)
        visit(Selection{selection.decided, selection.value + value, selection.capacity_left - weight});
    visit(selection);
}

using Bound = scoop::Best<std::int64_t, std::greater<>>;  // keeps the greatest value

/// Looks at all completions of the selection that may be better than what is known.
void search(const Problem& problem, const Selection& selection, const Bound& best) {
    best.offer(selection.value);
    if (selection.decided == problem.things.size() || upper_bound(problem, selection) <= best.get()) return;
    for_each_branch(problem, selection, [&](const Selection& next) { search(problem, next, best); });
}

/// The partial selections from the first few things, those with the most valuable ones first.
std::vector<Selection> first_selections(const Problem& problem) {
    std::vector<Selection> selections{Selection{0, 0, problem.capacity}};
    for (std::size_t decided = 0; decided < std::min<std::size_t>(10, problem.things.size()); ++decided) {
        std::vector<Selection> next;
        for (const Selection& selection : selections)
            for_each_branch(problem, selection, [&](const Selection& branch) { next.push_back(branch); });
        selections = std::move(next);
    }
    return selections;
}

std::int64_t solve(const Problem& problem) {
    Bound best(0);
    scoop::map<search>(scoop::fixed(problem), first_selections(problem), scoop::fixed(best)).collect();
    return best.get();
}

/// The same by dynamic programming over all capacities, to compare.
std::int64_t solve_by_table(const Problem& problem) {
    std::vector<std::int64_t> best(problem.capacity + 1);
    for (const auto [value, weight] : problem.things)
        for (std::int64_t capacity = problem.capacity; capacity >= weight; --capacity)
            best[capacity] = std::max(best[capacity], best[capacity - weight] + value);
    return best.back();
}

/// Things that are worth what they weigh and a little more: among the hardest to choose from.
Problem make_problem(std::size_t things) {
    Problem problem;
    std::mt19937_64 random(1);
    for (std::size_t i = 0; i < things; ++i) {
        const auto weight = static_cast<std::int64_t>(100 + random() % 900);
        problem.things.push_back({weight + 100, weight});
        problem.capacity += weight / 2;
    }
    std::ranges::sort(problem.things,
                      [](const Thing& a, const Thing& b) { return a.value * b.weight > b.value * a.weight; });
    return problem;
}

int program(int argc, char** argv) {
    const Problem problem = make_problem(argc > 1 ? std::stoul(argv[1]) : 50);
    const std::int64_t best = solve(problem);
    std::cout << "the best of " << problem.things.size() << " things, not heavier than " << problem.capacity
              << ", are worth " << best << '\n';
    const bool agree = best == solve_by_table(problem);
    std::cout << (agree ? "the table agrees\n" : "the table differs\n");
    return agree ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) { return scoop::run(argc, argv, program); }
