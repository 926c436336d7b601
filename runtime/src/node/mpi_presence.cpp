#include "node/mpi_presence.hpp"

#include <dlfcn.h>

namespace scoop::node {

MpiPresence mpi_presence() {
    // The same in every MPI: MPI-4.0, section 11.2.
    using Initialized = int (*)(int*);
    const auto initialized = reinterpret_cast<Initialized>(::dlsym(RTLD_DEFAULT, "MPI_Initialized"));
    if (initialized == nullptr) return MpiPresence::absent;
    int is_initialized = 0;
    const bool has_answered = initialized(&is_initialized) == 0;
    return has_answered && is_initialized != 0 ? MpiPresence::initialized : MpiPresence::to_be_initialized;
}

}  // namespace scoop::node
