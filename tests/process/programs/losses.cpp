// The program of losses_test.py: `losses MODE`, tasks that take their workers along.
#include <unistd.h>

#include <csignal>
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

template <class Wait>
void tell(const char* what, Wait wait) {
    std::cout << what << ": ";
    try {
        wait();
        std::cout << "done" << std::endl;
    } catch (const scoop::WorkerLost& lost) {
        std::cout << "host=" << lost.host() << " rank=" << lost.rank() << " signal=" << lost.signal()
                  << " status=" << lost.status() << " attempts=" << lost.attempts() << " what=" << lost.what()
                  << std::endl;
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

const std::map<std::string, std::function<int()>> modes{
    {"signal", lose_to_a_signal},
    {"status", lose_to_a_status},
    {"last", lose_the_last},
};

}  // namespace

int main(int argc, char** argv) {
    return scoop::run(argc, argv, [](int, char** arguments) { return modes.at(arguments[1])(); });
}
