// The program of losses_test.py: `losses MODE`, tasks that take their workers along.
#include <unistd.h>

#include <csignal>
#include <functional>
#include <iostream>
#include <map>
#include <scoop/scoop.hpp>
#include <string>

namespace {

int kill_worker(int signal) { return ::kill(::getpid(), signal); }
int leave_worker(int status) { ::_exit(status); }
int here() { return scoop::rank(); }

template <class Wait>
void tell(const char* what, Wait wait) {
    std::cout << what << ": ";
    try {
        wait();
        std::cout << "done" << std::endl;
    } catch (const scoop::WorkerLost& lost) {
        std::cout << "host=" << lost.host() << " rank=" << lost.rank() << " signal=" << lost.signal()
                  << " status=" << lost.status() << " attempts=" << lost.attempts() << " what=" << lost.what() << std::endl;
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

const std::map<std::string, std::function<int()>> modes{
    {"signal", lose_to_a_signal},
    {"status", lose_to_a_status},
};

}  // namespace

int main(int argc, char** argv) {
    return scoop::run(argc, argv, [](int, char** arguments) { return modes.at(arguments[1])(); });
}
