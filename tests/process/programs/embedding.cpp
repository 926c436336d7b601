// A program that has a life of its own around its jobs, as one that uses a library which calls scoop::run: `embedding
// MODE [TEXT…]`.
//
//   twice       two jobs one after the other; before, between and after them the process has threads, descriptors 3 and
//               4, state, and waits for a child of its own
//   unreached   copies of it in the role TEXT end before they call scoop::run
//   exit        std::exit in the middle of the program
//   dropped     returns while a task runs whose future it has dropped
//   nested      scoop::run inside the program, and inside tasks
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <scoop/scoop.hpp>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace {

std::vector<std::string> arguments;  // main's, in every process of the job

// What a worker says about itself: its rank, or -1 if something is not as in the root.
int inspect(const std::vector<std::string>& expected, bool may_see_variable) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    const bool sees_variable = std::getenv("SCOOP_WORKERS") != nullptr;
    const bool is_odd =
        arguments != expected || scoop::launched() || (sees_variable && !may_see_variable && !scoop::is_root());
    return is_odd ? -1 : scoop::rank();
}

void wait_long() { std::this_thread::sleep_for(std::chrono::hours(1)); }

int run_in_task() {
    int value = 0;
    const int status = scoop::run(0, nullptr, [&] { value = scoop::size(); });
    return status == 0 ? value : -1;
}

// The ranks that have answered, once all of them have.
std::string ranks_seen() {
    std::set<int> ranks;
    while (static_cast<int>(ranks.size()) < scoop::size() && !ranks.contains(-1)) {
        std::vector<scoop::Future<int>> futures;
        for (int i = 0; i < 2 * scoop::size(); ++i) futures.push_back(scoop::submit<inspect>(arguments, false));
        for (auto& future : futures) ranks.insert(future.get());
    }
    std::string text;
    for (const int rank : ranks) text += " " + std::to_string(rank);
    return text;
}

int run_twice(int argc, char** argv) {
    std::atomic<bool> is_over{false};
    std::thread companion([&is_over] {
        while (!is_over) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    });
    int pipe[2];
    const bool has_3_and_4 = ::pipe(pipe) == 0 && pipe[0] == 3 && pipe[1] == 4;
    // In the copies scoop's own channels have these numbers.
    if (!has_3_and_4 && std::getenv("SCOOP_ROLE") == nullptr) std::cout << "descriptors 3 and 4 were not free\n";
    const int high_copy = ::fcntl(pipe[1], F_DUPFD, 20);

    std::string seen;
    bool is_pipe_whole = false;
    const int first = scoop::run(argc, argv, [&] {
        seen = ranks_seen();
        // No other process of the job holds a descriptor of ours: the pipe ends with our writing ends.
        char byte = 0;
        is_pipe_whole = ::write(pipe[1], "x", 1) == 1 && ::close(pipe[1]) == 0 && ::close(high_copy) == 0 &&
                        ::read(pipe[0], &byte, 1) == 1 && byte == 'x' && ::read(pipe[0], &byte, 1) == 0;
        return 7;
    });
    std::cout << "first job: status " << first << ", ranks" << seen << std::endl;
    std::cout << "pipe: " << is_pipe_whole << '\n';
    std::cout << "children: " << (::waitpid(-1, nullptr, WNOHANG) < 0 ? "none" : "some") << '\n';
    std::cout << "outside: " << scoop::size() << '\n';

    const int second = scoop::run(0, nullptr, [&seen]() -> int {
        seen = ranks_seen();
        throw std::string("an exception of no class");
    });
    std::cout << "second job: status " << second << ", ranks" << seen << std::endl;
    is_over = true;
    companion.join();
    return 0;
}

int program(const std::string& mode) {
    std::cout << "running" << std::endl;
    if (mode == "exit") std::exit(5);
    if (mode == "dropped") {
        for (int i = 0; i < 2 * scoop::size(); ++i) (void)scoop::submit<wait_long>();
        return 6;
    }
    std::cout << run_in_task() << ' ' << scoop::submit<run_in_task>().get() << std::endl;
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    arguments.assign(argv, argv + argc);
    const std::string mode = argc > 1 ? argv[1] : "";
    const char* const role = std::getenv("SCOOP_ROLE");
    if (mode == "unreached" && role != nullptr && arguments.at(2) == role) return 5;
    if (mode == "twice") return run_twice(argc, argv);
    return scoop::run(argc, argv, [&mode] { return program(mode); });
}
