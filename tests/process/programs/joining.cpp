// A program that goes on until hosts have joined its job:
//
//     joining 2 4     maps until 2 workers, then until 4 have run tasks, and says each time who they are
//
// Every task looks for what the job has had before: the function given to on_worker_start, a constant, a shared value.
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <map>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <scoop/scoop.hpp>

namespace {

struct Place {
    int rank = 0;
    std::string host;
};

struct Topology {
    int rank = 0;
    int local_rank = 0;
    int size = 0;
    std::string host;
    std::vector<std::string> hosts;
};

bool& is_prepared() {
    static bool value = false;
    return value;
}

void prepare() { is_prepared() = true; }

Place look_around(int, const std::vector<int>& shared) {
    if (!is_prepared()) throw std::logic_error("a task came before what on_worker_start asked for");
    if (scoop::get_const<std::string>("word") != "sesame") throw std::logic_error("the constant is another");
    if (std::accumulate(shared.begin(), shared.end(), 0) != 6) throw std::logic_error("the shared value is another");
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    return {scoop::rank(), scoop::host()};
}

Topology where() { return {scoop::rank(), scoop::local_rank(), scoop::size(), scoop::host(), scoop::hosts()}; }

void map_until(std::size_t workers, const scoop::Shared<std::vector<int>>& shared) {
    std::map<int, std::string> seen;
    while (seen.size() < workers)
        for (const Place& place : scoop::map<look_around>(scoop::range(64), scoop::fixed(shared)))
            seen[place.rank] = place.host;
    std::cout << "tasks ran on:";
    for (const auto& [rank, host] : seen) std::cout << " " << rank << "=" << host;
    std::cout << std::endl;
}

int program(int argc, char** argv) {
    scoop::set_const("word", std::string("sesame"));
    const auto shared = scoop::share(std::vector<int>{1, 2, 3});
    std::cout << "begun" << std::endl;
    for (int k = 1; k < argc; ++k) {
        map_until(std::stoul(argv[k]), shared);
        for (const Topology& one : scoop::on_each_worker<where>()) {
            std::cout << one.rank << " (" << one.local_rank << ") of " << one.size << " on " << one.host << " of";
            for (const std::string& host : one.hosts) std::cout << " " << host;
            std::cout << std::endl;
        }
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    scoop::on_worker_start<prepare>();
    return scoop::run(argc, argv, program);
}
