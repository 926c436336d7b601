// The time of one submit and get in another process by the size of what travels there and back.
//
// Run with `scoop-run -n 2 --root-works no`, so that every task runs in the other worker.
#include <algorithm>
#include <cstdint>
#include <iostream>
#include <scoop/scoop.hpp>
#include <string>
#include <vector>

#include "report.hpp"

namespace {

std::vector<std::uint8_t> echo(std::vector<std::uint8_t> payload) { return payload; }

double median_microseconds(std::size_t bytes, int tasks) {
    std::vector<double> times;
    for (int i = 0; i < tasks; ++i) {
        std::vector<std::uint8_t> payload(bytes, 1);
        const bench::Stopwatch watch;
        if (scoop::submit<echo>(std::move(payload)).get().size() == bytes) times.push_back(watch.seconds());
    }
    std::sort(times.begin(), times.end());
    return times[times.size() / 2] * 1e6;
}

int program() {
    (void)median_microseconds(8, 500);
    for (const auto& [bytes, name] : {std::pair<std::size_t, const char*>{8, "8 B"},
                                      {1 << 10, "1 KiB"},
                                      {16 << 10, "16 KiB"},
                                      {256 << 10, "256 KiB"},
                                      {1 << 20, "1 MiB"}})
        bench::report(std::string(name) + " there and back", median_microseconds(bytes, 500), "us");
    return 0;
}

}  // namespace

int main(int argc, char** argv) { return scoop::run(argc, argv, program); }
