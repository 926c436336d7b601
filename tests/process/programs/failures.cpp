// The program of failures_test.py: `failures MODE …`, what Python's SCOOP was put through (docs/reliability.md).
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <scoop/scoop.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using Arguments = std::vector<std::string>;

void sleep(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

/// Says which attempt has begun; the first one takes that long.
int begin(int n, const std::string& file, double seconds) {
    std::ofstream(file, std::ios::app) << std::to_string(n) + " " + std::to_string(scoop::attempt()) + "\n";
    if (scoop::attempt() == 1) sleep(seconds);
    return n;
}
int plus_one(int n) { return n + 1; }

int sum_of_map(int count) {
    int sum = 0;
    for (const int n : scoop::map<plus_one>(scoop::range(count))) sum += n;
    return sum;
}

/// COUNT tasks of SECONDS in a job that was AGE seconds old.
int run_slow(const Arguments& a) {
    sleep(std::stod(a.at(3)));
    std::vector<scoop::Future<int>> futures;
    for (int n = 0; n < std::stoi(a.at(1)); ++n)
        futures.push_back(scoop::submit<begin>(n, a.at(0), std::stod(a.at(2))));
    int sum = 0;
    for (auto& future : futures) sum += future.get();
    std::cout << sum << std::endl;
    return 0;
}

/// Two maps; the second one when there is a file.
int map_twice(const Arguments& a) {
    std::cout << sum_of_map(1000) << std::endl;
    while (!std::filesystem::exists(a.at(0))) sleep(0.01);
    std::cout << sum_of_map(1000) << std::endl;
    return 0;
}

struct Unwritable {
    template <class Archive>
    void save(Archive&) const {
        throw std::runtime_error("cannot be written");
    }
    template <class Archive>
    void load(Archive&) {}
};
int take(const Unwritable&) { return 0; }

int send_unwritable(const Arguments&) {
    try {
        (void)scoop::submit<take>(Unwritable{}).get();
    } catch (const std::exception& error) {
        std::cout << error.what() << std::endl;
    }
    std::cout << sum_of_map(1000) << std::endl;
    return 0;
}

const std::map<std::string, std::function<int(const Arguments&)>> modes{
    {"slow", run_slow},
    {"map-twice", map_twice},
    {"unwritable", send_unwritable},
    {"leave", [](const Arguments& a) -> int { ::_exit(std::stoi(a.at(0))); }},
};

}  // namespace

int main(int argc, char** argv) {
    return scoop::run(argc, argv, [](int count, char** arguments) {
        return modes.at(arguments[1])(Arguments(arguments + 2, arguments + count));
    });
}
