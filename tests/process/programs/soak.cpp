// Long jobs whose memory must not grow with their length: `soak MODE COUNT`. Prints what each worker takes after a
// fifth of the work and at the end; status 1 if the end is not about the same.
#include <chrono>
#include <iostream>
#include <map>
#include <ranges>
#include <scoop/scoop.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "resident_memory.hpp"

namespace {

using namespace std::chrono_literals;

/// Compares the memory of all workers early and late in a job.
class MemoryWatch {
public:
    /// `room` in MiB is what may come on top, whatever the count is.
    explicit MemoryWatch(long count, double room = 16) : sample_at_(count / 5), room_(room) {}
    /// After each of the pieces of work, `done` of them by now.
    void at(long done) {
        if (done < sample_at_ || !early_.empty()) return;
        early_ = scoop::on_each_worker<resident_mebibytes>();
    }
    [[nodiscard]] int verdict() const {
        const auto late = scoop::on_each_worker<resident_mebibytes>();
        bool has_grown = early_.empty();
        for (std::size_t rank = 0; rank < late.size(); ++rank) {
            std::cout << "rank " << rank << ": " << early_[rank] << " MiB early, " << late[rank] << " MiB late\n";
            // Allocators round up; what grows with the work would have grown fivefold.
            has_grown = has_grown || late[rank] > 1.5 * early_[rank] + room_;
        }
        return has_grown ? 1 : 0;
    }

private:
    const long sample_at_;
    const double room_;
    std::vector<double> early_;
};

long next(long n) { return n + 1; }
std::string kilobyte(long n) { return std::string(1024, static_cast<char>('a' + n % 26)); }

/// Tasks that nobody waits for: the submitter is as fast as it is let, a million tasks of 256 bytes ahead.
int submit_and_forget(long count) {
    MemoryWatch watch(count, 320);
    for (long i = 0; i < count; ++i) {
        (void)scoop::submit<next>(i);
        watch.at(i);
    }
    return watch.verdict();
}

/// The futures of a thousand tasks at a time.
int submit_and_wait(long count) {
    MemoryWatch watch(count);
    std::vector<scoop::Future<long>> futures;
    for (long i = 0; i < count;) {
        futures.clear();
        for (int k = 0; k < 1000; ++k) futures.push_back(scoop::submit<next>(i++));
        for (auto& future : futures) (void)future.get();
        watch.at(i);
    }
    return watch.verdict();
}

/// Results that come faster than they are read: how many lie in between varies, by 50 MiB where the first ones came
/// more slowly. If all were kept, the last 16 of 20 million would take 122 MiB.
int read_a_map(long count) {
    MemoryWatch watch(count, 64);
    long sum = 0;
    long i = 0;
    for (const long value : scoop::map<next>(scoop::range(count))) {
        sum += value;
        watch.at(++i);
    }
    if (sum != count * (count + 1) / 2) throw std::runtime_error("a wrong sum");
    return watch.verdict();
}

/// Large results that their reader takes one by one, with pauses: the same varies by 30 MiB. If all were kept, the last
/// 80 of 100 thousand would take 78 MiB.
int read_slowly(long count) {
    MemoryWatch watch(count, 32);
    long i = 0;
    auto numbers = std::views::iota(0L) | std::views::take_while([count](long n) { return n < count; });
    for (const std::string& value : scoop::map<kilobyte>(numbers)) {
        if (value.size() != 1024) throw std::runtime_error("a wrong result");
        if (++i % 100 == 0) std::this_thread::sleep_for(1ms);
        watch.at(i);
    }
    return watch.verdict();
}

const std::map<std::string, int (*)(long)> modes{
    {"forget", submit_and_forget}, {"wait", submit_and_wait}, {"map", read_a_map}, {"slow", read_slowly}};

int program(int argc, char** argv) {
    const auto mode = modes.find(argc > 2 ? argv[1] : "");
    if (mode == modes.end()) throw std::invalid_argument("usage: soak forget|wait|map|slow COUNT");
    return mode->second(std::stol(argv[2]));
}

}  // namespace

int main(int argc, char** argv) { return scoop::run(argc, argv, program); }
