// What the benchmark programs share: a stopwatch, and how a figure is reported.
//
// A program prints one line of JSON for each figure and nothing else; scripts/bench runs it again and again, in turn
// with the others, and takes medians. A program for another runtime prints the same lines.
#pragma once

#include <chrono>
#include <iostream>
#include <string_view>

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

}  // namespace bench
