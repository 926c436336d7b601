// W1b: 100 k submits of a function that does nothing, then 100 k gets, from the program and from inside a task.
#include <cstdint>
#include <iostream>
#include <scoop/scoop.hpp>
#include <string>
#include <vector>

#include "callees.hpp"
#include "report.hpp"

namespace {

constexpr std::int64_t tasks = 100'000;

bool submit_then_get() {
    std::vector<scoop::Future<std::int64_t>> futures;
    futures.reserve(tasks);
    for (std::int64_t i = 0; i < tasks; ++i) futures.push_back(scoop::submit<bench::same>(i));
    std::int64_t sum = 0;
    for (auto& future : futures) sum += future.get();
    return sum == tasks * (tasks - 1) / 2;
}

bool measure(const std::string& where) {
    return bench::report_rate("100 k submits, then gets, in " + where, tasks, submit_then_get);
}

int program() {
    const bool is_right = measure("the program") && scoop::submit<measure>("a task").get();
    if (!is_right) std::cerr << "submit_noop: a sum is wrong\n";
    return is_right ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) { return scoop::run(argc, argv, program); }
