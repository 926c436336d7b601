// W6: how long it takes until every worker of the job has a constant of 64 MiB.
#include <cstdint>
#include <iostream>
#include <scoop/scoop.hpp>
#include <string>
#include <vector>

#include "report.hpp"

namespace {

constexpr std::size_t constant_bytes = std::size_t{64} << 20;

std::uint64_t look_at(const std::string& name) {
    const auto& constant = scoop::get_const<std::vector<std::uint8_t>>(name);
    return constant.size() + constant.front() + constant.back();
}

int program() {
    bool is_right = true;
    for (const bool is_first : {true, false}) {
        const std::string name = is_first ? "warm up" : "constant";
        const std::vector<std::uint8_t> constant(constant_bytes, 1);
        const bench::Stopwatch watch;
        scoop::set_const(name, constant);
        for (const std::uint64_t sum : scoop::on_each_worker<look_at>(name))
            is_right = is_right && sum == constant_bytes + 2;
        if (!is_first) bench::report("64 MiB constant to all workers", watch.seconds(), "s");
    }
    if (!is_right) std::cerr << "constant: a worker has another one\n";
    return is_right ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) { return scoop::run(argc, argv, program); }
