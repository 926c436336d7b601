// W5: how fast arguments of 4 MiB reach another process, and results of 4 MiB come back.
//
// Run with `scoop-run -n 2 --root-works no`, so that every task runs in the other worker.
#include <cstdint>
#include <iostream>
#include <scoop/scoop.hpp>
#include <vector>

#include "report.hpp"

namespace {

constexpr std::size_t payload_bytes = std::size_t{4} << 20;
constexpr int tasks = 64;
constexpr int in_flight = 4;

using Payload = std::vector<std::uint8_t>;

std::uint64_t consume(const Payload& payload) { return payload.size() + payload.front() + payload.back(); }
Payload produce(std::uint8_t value) { return Payload(payload_bytes, value); }

// Calls submit(i) for all tasks, with a few of them on their way at any time, and read(its result).
template <class Submit, class Read>
double bytes_per_second(Submit submit, Read read) {
    const bench::Stopwatch watch;
    std::vector<decltype(submit(0))> futures;
    for (int i = 0; i < tasks + in_flight; ++i) {
        if (i >= in_flight) read(futures[static_cast<std::size_t>(i - in_flight)].get());
        if (i < tasks) futures.push_back(submit(i));
    }
    return static_cast<double>(payload_bytes) * tasks / watch.seconds();
}

int program() {
    bool is_right = true;
    const auto there = [&] {
        return bytes_per_second(
            [](int i) { return scoop::submit<consume>(Payload(payload_bytes, static_cast<std::uint8_t>(i))); },
            [&](std::uint64_t sum) { is_right = is_right && sum >= payload_bytes; });
    };
    const auto back = [&] {
        return bytes_per_second(
            [](int i) { return scoop::submit<produce>(static_cast<std::uint8_t>(i)); },
            [&](const Payload& payload) { is_right = is_right && payload.size() == payload_bytes; });
    };
    (void)there();  // not measured: buffers and pages are had for the first time
    bench::report("4 MiB arguments there", there(), "B/s");
    (void)back();
    bench::report("4 MiB results back", back(), "B/s");
    if (!is_right) std::cerr << "payload: something else came than was sent\n";
    return is_right ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) { return scoop::run(argc, argv, program); }
