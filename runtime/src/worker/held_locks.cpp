#include "worker/held_locks.hpp"

#include "scoop/error.hpp"
#include "worker/compute.hpp"

namespace scoop::worker {

void refuse_to_wait() {
    if (Compute::current() == nullptr) return;
    if (held_locks.initializers > 0)
        throw Error(
            "scoop: a task waits inside the initializer of a static variable: another task of this worker that comes "
            "to the variable would wait for it on the same thread, for ever; compute the value before");
    throw Error(
        "scoop: a task waits while it holds a mutex: another task of this worker that wants the mutex would wait for "
        "it on the same thread, for ever; unlock it before waiting");
}

}  // namespace scoop::worker
