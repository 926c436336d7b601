// What the benchmark programs share: a stopwatch, and how a figure is reported.
//
// A program prints one line of JSON for each figure and nothing else; scripts/bench runs it again and again, in turn
// with the others, and takes medians. A program for another runtime prints the same lines.
#pragma once

#include <algorithm>
#include <chrono>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

class Stopwatch {
public:
    [[nodiscard]] double seconds() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    }

private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// `what` tells the figures of one program apart; the two texts hold nothing that JSON would want escaped.
inline void report(std::string_view what, double value, std::string_view unit) {
    std::cout << R"({"what": ")" << what << R"(", "value": )" << value << R"(, "unit": ")" << unit << "\"}\n";
}

/// For what lasts a millisecond: tasks a second in the first run, which also pays for first touches of memory, and in
/// the median of some more. `run()` says whether its result is right.
template <class Run>
bool report_rate(std::string what, double tasks, Run run) {
    constexpr int runs = 21;
    std::vector<double> rates;
    for (int i = 0; i <= runs; ++i) {
        const Stopwatch watch;
        if (!run()) return false;
        rates.push_back(tasks / watch.seconds());
    }
    report(what + ", the first time", rates.front(), "tasks/s");
    std::nth_element(rates.begin() + 1, rates.begin() + 1 + runs / 2, rates.end());
    report(what, rates[1 + runs / 2], "tasks/s");
    return true;
}

}  // namespace bench
