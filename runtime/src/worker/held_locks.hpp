// What the calling thread must have let go of before a task may wait: another task of the same thread would meet it.
//
// Counted in debug builds, by lock_watch; zero otherwise.
#pragma once

namespace scoop::worker {

struct HeldLocks {
    int mutexes = 0;       ///< locked, of every kind that pthreads know
    int initializers = 0;  ///< of static variables, begun and not ended
};
inline constinit thread_local HeldLocks held_locks;

/// Throws Error if a task that is about to wait holds one of these. Nothing on other threads, which may wait as they like.
void require_nothing_held();

}  // namespace scoop::worker
