// A tree of 1772 nested tasks whose every level waits in another way; after the example of the same name in Python's
// SCOOP. Prints 76153.
#include <iostream>
#include <numeric>
#include <scoop/scoop.hpp>
#include <vector>

namespace {

long leaf(long n) { return n * n; }

// A map, whose results are read one by one.
long twig(long n) {
    long sum = 0;
    for (long value : scoop::map<leaf>(scoop::range(1L, n + 1))) sum += value;
    return sum;
}

// One future for each child.
long branch(long n) {
    std::vector<scoop::Future<long>> twigs;
    for (long i = 1; i <= n; ++i) twigs.push_back(scoop::submit<twig>(i));
    return std::accumulate(twigs.begin(), twigs.end(), 0L, [](long sum, auto& future) { return sum + future.get(); });
}

// A map, whose results are collected first.
long trunk(long n) {
    const std::vector<long> sums = scoop::map<branch>(scoop::range(1L, n + 1)).collect();
    return std::accumulate(sums.begin(), sums.end(), 0L);
}

// A single child.
long root(long n) { return scoop::submit<trunk>(n).get(); }

void program() { std::cout << scoop::submit<root>(20).get() << '\n'; }

}  // namespace

int main(int argc, char** argv) { return scoop::run(argc, argv, program); }
