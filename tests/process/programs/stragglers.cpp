// The program of stragglers_test.py: `stragglers MODE`, tasks of which a copy is late, stopped or dies.
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <scoop/scoop.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

const scoop::TaskOptions twice{.speculative = true};

void sleep_a_little() { std::this_thread::sleep_for(std::chrono::milliseconds(5)); }

std::string marker(const char* name) { return std::string(std::getenv("SCOOP_FOLDER")) + "/" + name; }

// The root hears of it, whatever becomes of the result.
int wait_to_be_stopped() {
    while (!scoop::stop_requested()) sleep_a_little();
    std::ofstream(marker("stopped")) << "";
    return -1000;
}
void wait_for_stopped() {
    while (!std::filesystem::exists(marker("stopped"))) sleep_a_little();
    std::cout << ", one was stopped" << std::endl;
}

int stop_at_five(int n) {
    sleep_a_little();
    if (n == 5 && scoop::attempt() == 1) ::raise(SIGSTOP);
    return n;
}
int stop_unless_root(int n) {
    sleep_a_little();
    if (!scoop::is_root()) ::raise(SIGSTOP);
    return n;
}
int slow_at_five(int n) {
    if (n == 5 && scoop::attempt() == 1) return wait_to_be_stopped();
    return n;
}
// The second copy dies, the third one is late, and the first one waits for that.
int die_at_five(int n) {
    if (n != 5) return n;
    if (scoop::attempt() == 2) ::raise(SIGKILL);
    if (scoop::attempt() == 1) {
        while (!std::filesystem::exists(marker("third"))) sleep_a_little();
        return n;
    }
    std::ofstream(marker("third")) << "";
    return wait_to_be_stopped();
}
int kill_again_and_again(int n) {
    if (n != 5) return n;
    if (scoop::attempt() > 1) ::raise(SIGKILL);
    return wait_to_be_stopped();
}
int throw_second(int n) {
    if (n != 5) return n;
    if (scoop::attempt() > 1) throw std::runtime_error("second");
    return wait_to_be_stopped();
}

/// Of the program's tasks the last one, in the root.
std::optional<scoop::SharedFuture<int>> last_of_ours;
int wait_for_last() { return last_of_ours ? last_of_ours->get() : 0; }

enum Circle : unsigned { in_first = 1, in_second = 2 };
/// The attempts of number 5 that `circle` says wait for number 5 itself, the other one for three seconds.
int wait_in_circle(int n, unsigned circle) {
    if (n != 5) return n;
    if ((circle & scoop::attempt()) != 0) {
        (void)scoop::on_each_worker<wait_for_last>();
        return -1000;
    }
    try {
        return scoop::get_const<int>("a constant that nobody sets", std::chrono::seconds(3));
    } catch (const scoop::TimeoutError&) {
        return n;
    }
}
void tell_circle(unsigned circle) {
    std::vector<scoop::Future<int>> others;
    for (int n = 0; n < 5; ++n) others.push_back(scoop::submit<wait_in_circle>(twice, n, circle));
    last_of_ours = scoop::submit<wait_in_circle>(twice, 5, circle).share();
    for (auto& future : others) (void)future.get();
    try {
        std::cout << last_of_ours->get() << std::endl;
    } catch (const scoop::Error& error) {
        std::cout << error.what() << std::endl;
    }
}

template <auto F>
int sum_of_map() {
    int sum = 0;
    for (const int n : scoop::map<F>(twice, scoop::range(20))) sum += n;
    return sum;
}

void submit_them() {
    std::vector<scoop::Future<int>> futures;
    for (int n = 0; n < 20; ++n) futures.push_back(scoop::submit<slow_at_five>(twice, n));
    int sum = 0;
    for (auto& future : futures) sum += future.get();
    std::cout << "sum " << sum << std::flush;
    wait_for_stopped();
}

template <auto F>
void tell_map() {
    try {
        const int sum = sum_of_map<F>();
        std::cout << "sum " << sum << std::flush;
    } catch (const scoop::WorkerLost& lost) {
        std::cout << "lost by signal " << lost.signal() << std::flush;
    } catch (const std::exception& error) {
        std::cout << error.what() << std::flush;
    }
    wait_for_stopped();
}

const std::map<std::string, std::function<void()>> modes{
    {"stopped", [] { std::cout << "sum " << sum_of_map<stop_at_five>() << std::endl; }},
    {"root", [] { std::cout << "sum " << sum_of_map<stop_unless_root>() << std::endl; }},
    {"slow", tell_map<slow_at_five>},
    {"submit", submit_them},
    {"dies", tell_map<die_at_five>},
    {"poison", tell_map<kill_again_and_again>},
    {"throws", tell_map<throw_second>},
    {"circle-in-first", [] { tell_circle(in_first); }},
    {"circle-in-second", [] { tell_circle(in_second); }},
    {"circle-in-both", [] { tell_circle(in_first | in_second); }},
};

}  // namespace

int main(int argc, char** argv) {
    return scoop::run(argc, argv, [](int, char** arguments) {
        modes.at(arguments[1])();
        return 0;
    });
}
