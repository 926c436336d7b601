// The program of losses_test.py: `losses MODE`, tasks that take their workers along.
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <scoop/scoop.hpp>
#include <string>
#include <vector>

namespace {

int kill_worker(int signal) { return ::kill(::getpid(), signal); }
int leave_worker(int status) { ::_exit(status); }
int double_of(int n) { return 2 * n; }
int here() { return scoop::rank(); }

// What a worker started later is to have like the others.
bool was_prepared = false;
void prepare() {
    // The file is there from the moment that no worker is to live any more. The root's other thread may be late here.
    if (scoop::rank() != 0 && ::access(std::getenv("SCOOP_DOOM"), F_OK) == 0) ::_exit(7);
    was_prepared = true;
}
struct Found {
    int rank;
    int size;
    bool was_prepared;
    int constant;
    int shared;
};
Found look_around(const scoop::Shared<std::vector<int>>& shared) {
    return {scoop::rank(), scoop::size(), was_prepared, scoop::get_const<int>("answer"), shared->back()};
}
int slow(int milliseconds) {
    ::usleep(static_cast<unsigned>(milliseconds) * 1000);
    return milliseconds;
}
int attempt_of_a_loss() {
    if (scoop::attempt() == 1) kill_worker(SIGKILL);
    return scoop::attempt();
}
// Dies with a child that it runs itself; tells where it stands when the same is over.
int poisoned_inside() { return scoop::submit<kill_worker>(SIGABRT).get(); }

template <class Wait>
void tell(const char* what, Wait wait) {
    std::cout << what << ": ";
    try {
        wait();
        std::cout << "done" << std::endl;
    } catch (const scoop::WorkerLost& lost) {
        std::cout << "host=" << lost.host() << " rank=" << lost.rank() << " signal=" << lost.signal()
                  << " status=" << lost.status() << " attempts=" << lost.attempts() << " memory=" << lost.peak_memory()
                  << " what=" << lost.what() << std::endl;
    }
}

int lose_to_a_signal() {
    tell("task", [] { (void)scoop::submit<kill_worker>(SIGKILL).get(); });
    tell("each", [] { (void)scoop::on_each_worker<here>(); });
    return 0;
}

int lose_to_a_status() {
    tell("task", [] { (void)scoop::submit<leave_worker>(3).get(); });
    return 0;
}

// The only worker dies, with tasks that wait for it; then come others.
int lose_the_last() {
    auto killer = scoop::submit<kill_worker>(SIGKILL);
    std::vector<scoop::Future<int>> behind;
    for (int i = 0; i < 100; ++i) behind.push_back(scoop::submit<here>());
    tell("killer", [&] { (void)killer.get(); });
    for (auto& future : behind) {
        try {
            (void)future.get();
        } catch (const scoop::WorkerLost&) {
        }
    }
    tell("later", [] { (void)scoop::submit<here>().get(); });
    tell("map", [] { (void)scoop::map<double_of>(scoop::range(1000)).collect(); });
    tell("urgent", [] { (void)scoop::submit<here>(scoop::TaskOptions{.priority = 3}).get(); });
    return 0;
}

// Every worker dies, one of them for its time limit, and others come in their places.
int lose_and_go_on() {
    scoop::set_const("answer", 42);
    const auto shared = scoop::share(std::vector<int>{1, 2, 3});
    tell("poison", [] { (void)scoop::submit<kill_worker>(SIGKILL).get(); });
    tell("overdue", [] {
        const scoop::TaskOptions options{.timeout = std::chrono::milliseconds(50),
                                         .kill_after = std::chrono::milliseconds(50)};
        try {
            (void)scoop::submit<slow>(options, 3'600'000).get();
        } catch (const scoop::TimeoutError&) {
        }
    });
    std::cout << "attempt: " << scoop::submit<attempt_of_a_loss>().get() << std::endl;
    int expected = 0;
    for (int n : scoop::map<slow>(std::vector<int>(200, 1))) expected += n;
    std::cout << "map: " << expected << std::endl;
    for (;;) {  // calls on a worker that dies before they are answered are lost with it
        try {
            for (const auto& found : scoop::on_each_worker<look_around>(shared))
                std::cout << "rank " << found.rank << ": size=" << found.size << " prepared=" << found.was_prepared
                          << " constant=" << found.constant << " shared=" << found.shared << std::endl;
            return 0;
        } catch (const scoop::WorkerLost&) {
        }
    }
}

// From now on every worker ends as soon as it has begun.
int lose_for_good() {
    std::ofstream(std::getenv("SCOOP_DOOM")) << "";
    tell("task", [] { (void)scoop::submit<kill_worker>(SIGKILL).get(); });
    return 0;
}

std::string sign(const char* what, int attempt) { return what + std::to_string(attempt); }

// Ends the node process of its host, which is the loss of the host, when it is told to; but only of so many.
int lose_host(int count) {
    if (scoop::attempt() > count) return 0;
    scoop::set_const(sign("begun ", scoop::attempt()), true);
    (void)scoop::get_const<bool>(sign("end ", scoop::attempt()), std::chrono::hours(1));
    return ::kill(::getppid(), SIGKILL);
}

// A host of one worker is lost with every attempt of a task of which its owner knows that it runs there.
int lose_hosts(int count) {
    auto task = scoop::submit<lose_host>(count);
    for (int attempt = 1; attempt <= count; ++attempt) {
        (void)scoop::get_const<bool>(sign("begun ", attempt), std::chrono::hours(1));
        while (!task.running()) ::usleep(1000);
        scoop::set_const(sign("end ", attempt), true);
    }
    tell("task", [&] { (void)task.get(); });
    tell("others", [] { (void)scoop::submit<here>().get(); });
    return 0;
}
int lose_eight_hosts() { return lose_hosts(8); }

int lose_to_a_child() {
    tell("task", [] { (void)scoop::submit<poisoned_inside>().get(); });
    return 0;
}

const std::map<std::string, std::function<int()>> modes{
    {"signal", lose_to_a_signal}, {"status", lose_to_a_status}, {"last", lose_the_last},     {"go_on", lose_and_go_on},
    {"for_good", lose_for_good},  {"child", lose_to_a_child},   {"hosts", lose_eight_hosts},
};

}  // namespace

int main(int argc, char** argv) {
    if (std::getenv("SCOOP_DOOM") != nullptr) scoop::on_worker_start<prepare>();
    return scoop::run(argc, argv, [](int, char** arguments) { return modes.at(arguments[1])(); });
}
