// The program of large_values_test.py: `large_values MODE`, large values on their way in all kinds of trouble.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <scoop/scoop.hpp>
#include <string>
#include <vector>

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t size = 300'000;

Bytes echo(Bytes bytes) { return bytes; }
Bytes echo_or_die(Bytes bytes) {
    if (scoop::attempt() == 1 && scoop::rank() != 0 && bytes.front() % 32 == 0) ::raise(SIGKILL);
    return bytes;
}
std::size_t size_of_constant(const std::string& name) { return scoop::get_const<Bytes>(name).size(); }
std::size_t size_of(const Bytes& bytes) { return bytes.size(); }

long descriptors_of(const std::string& process) {
    return std::distance(std::filesystem::directory_iterator("/proc/" + process + "/fd"), {});
}
/// Of this worker and of the node process above it.
std::vector<long> count_descriptors() { return {descriptors_of("self"), descriptors_of(std::to_string(::getppid()))}; }

template <auto F>
bool pass_around(int tasks) {
    bool is_right = true;
    std::vector<scoop::Future<Bytes>> futures;
    constexpr int in_flight = 20;
    for (int i = 0; i < tasks + in_flight; ++i) {
        if (i >= in_flight)
            is_right = futures[static_cast<std::size_t>(i - in_flight)].get() ==
                           Bytes(size, static_cast<std::uint8_t>(i - in_flight)) &&
                       is_right;
        if (i < tasks) futures.push_back(scoop::submit<F>(Bytes(size, static_cast<std::uint8_t>(i))));
    }
    return is_right;
}

/// The most that any process has, after few values and after many.
int report_descriptors() {
    bool is_right = true;
    for (const int tasks : {200, 2000}) {
        is_right = pass_around<echo>(tasks) && is_right;
        for (int i = 0; i < tasks / 20; ++i) {
            const auto shared = scoop::share(Bytes(size, 1));
            is_right = scoop::submit<size_of>(shared).get() == size && is_right;
        }
        long most = 0;
        for (const auto& counts : scoop::on_each_worker<count_descriptors>())
            most = std::max({most, counts[0], counts[1]});
        std::cout << most << std::endl;
    }
    return is_right ? 0 : 1;
}

int pass_around_with_deaths() {
    const bool is_right = pass_around<echo_or_die>(100);
    std::cout << (is_right ? "right" : "wrong") << std::endl;
    return 0;
}

/// More constants than a process may have descriptors.
int set_many_constants() {
    constexpr int constants = 300;
    bool is_right = pass_around<echo>(200);
    for (int i = 0; i < constants; ++i) scoop::set_const("constant " + std::to_string(i), Bytes(size, 1));
    for (int i = 0; i < constants; ++i)
        for (const std::size_t found : scoop::on_each_worker<size_of_constant>("constant " + std::to_string(i)))
            is_right = is_right && found == size;
    std::cout << (is_right ? "right" : "wrong") << std::endl;
    return 0;
}

const std::map<std::string, std::function<int()>> modes{
    {"descriptors", report_descriptors},
    {"deaths", pass_around_with_deaths},
    {"constants", set_many_constants},
};

}  // namespace

int main(int argc, char** argv) {
    return scoop::run(argc, argv, [](int, char** arguments) { return modes.at(arguments[1])(); });
}
