// Two tasks for every worker; each says where it runs.
#include <chrono>
#include <iostream>
#include <scoop/scoop.hpp>
#include <string>
#include <thread>

namespace {

std::string greet(int task) {
    // Long enough that no worker runs them all before the others have come for their share.
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return "task " + std::to_string(task) + " says hello from rank " + std::to_string(scoop::rank()) + " on " +
           scoop::host();
}

void program() {
    for (const std::string& greeting : scoop::map<greet>(scoop::range(2 * scoop::size())))
        std::cout << greeting << '\n';
    std::cout << "workers: " << scoop::size() << '\n';
}

}  // namespace

int main(int argc, char** argv) { return scoop::run(argc, argv, program); }
