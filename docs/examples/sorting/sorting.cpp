// Merge sort with the two halves as tasks, which divide further until a part is small enough to be sorted at once.
//
// run: scoop-run -n 4 sorting [numbers]
#include <algorithm>
#include <cstdint>
#include <functional>
#include <iostream>
#include <iterator>
#include <random>
#include <scoop/scoop.hpp>
#include <string>
#include <utility>
#include <vector>

namespace {

using Numbers = std::vector<std::uint32_t>;

// Below, moving numbers to another worker costs more than sorting them.
constexpr std::size_t numbers_at_once = 10'000;

Numbers sorted(Numbers numbers) {
    if (numbers.size() <= numbers_at_once) {
        std::ranges::sort(numbers);
        return numbers;
    }
    const auto middle = numbers.begin() + std::ssize(numbers) / 2;
    auto lower_half = scoop::submit<sorted>(Numbers(numbers.begin(), middle));
    auto upper_half = scoop::submit<sorted>(Numbers(middle, numbers.end()));
    const Numbers lower = lower_half.get();
    const Numbers upper = upper_half.get();
    std::ranges::merge(lower, upper, numbers.begin());
    return numbers;
}

int program(int argc, char** argv) {
    Numbers numbers(argc > 1 ? std::stoul(argv[1]) : 500'000);
    std::mt19937 random(1);
    std::ranges::generate(numbers, std::ref(random));

    const Numbers result = scoop::submit<sorted>(numbers).get();
    std::ranges::sort(numbers);
    const bool agree = result == numbers;
    std::cout << result.size() << (agree ? " numbers are in order\n" : " numbers are not in order\n");
    return agree ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) { return scoop::run(argc, argv, program); }
