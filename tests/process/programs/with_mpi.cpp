// A program with MPI in it, which another launcher starts.
//
// usage: with_mpi LIBRARY before|within|never     LIBRARY is loaded as if the program were linked with it.
//
// MPI_Init is called before scoop::run, in each worker before its first task, or not at all. Prints the number of
// workers. The functions of the standard that are used need no types of an implementation.
#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "scoop/scoop.hpp"

namespace {

template <class Function>
Function* find(const char* name) {
    auto* const function = reinterpret_cast<Function*>(::dlsym(RTLD_DEFAULT, name));
    if (function == nullptr) std::exit(9);
    return function;
}

void initialize() {
    int provided = 0;
    constexpr int thread_multiple = 3;  // 3 in both implementations
    if (find<int(int*, char***, int, int*)>("MPI_Init_thread")(nullptr, nullptr, thread_multiple, &provided) != 0)
        std::exit(8);
}

// All have to call it, so it shows that MPI works in all.
void finalize() {
    if (find<int()>("MPI_Finalize")() != 0) std::exit(7);
}

bool uses_mpi = true;

void program() {
    if (uses_mpi) scoop::on_each_worker<finalize>();
    std::printf("%d workers\n", scoop::size());
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    if (::dlopen(argv[1], RTLD_NOW | RTLD_GLOBAL) == nullptr) return 6;
    uses_mpi = std::strcmp(argv[2], "never") != 0;
    if (std::strcmp(argv[2], "before") == 0) initialize();
    if (std::strcmp(argv[2], "within") == 0) scoop::on_worker_start<initialize>();
    return scoop::run(argc, argv, program);
}
