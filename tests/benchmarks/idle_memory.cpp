// W9: the memory that one idle worker has for itself, as the kernel counts it (private pages, /proc/PID/smaps_rollup).
//
// Run with at least two workers on one host: the root asks where the others are and then looks at them from outside.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <scoop/scoop.hpp>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "report.hpp"

namespace {

// Each worker has time to take at least one such task.
int process_of_worker(int) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return ::getpid();
}

double private_mib(int process) {
    std::ifstream rollup("/proc/" + std::to_string(process) + "/smaps_rollup");
    double kib = 0;
    for (std::string key; rollup >> key;) {
        double value = 0;
        if (key == "Private_Clean:" || key == "Private_Dirty:") {
            rollup >> value;
            kib += value;
        }
    }
    return kib / 1024;
}

int program() {
    std::set<int> processes;
    for (int process : scoop::map<process_of_worker>(scoop::range(4 * scoop::size()))) processes.insert(process);
    processes.erase(::getpid());
    std::this_thread::sleep_for(std::chrono::seconds(1));

    std::vector<double> sizes;
    for (int process : processes) sizes.push_back(private_mib(process));
    if (sizes.empty()) {
        std::cerr << "idle_memory: no other worker took a task; start this with scoop-run -n 4\n";
        return 1;
    }
    std::sort(sizes.begin(), sizes.end());
    bench::report("private memory of an idle worker", sizes[sizes.size() / 2], "MiB");
    return 0;
}

}  // namespace

int main(int argc, char** argv) { return scoop::run(argc, argv, program); }
