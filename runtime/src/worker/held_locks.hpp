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

/// Throws Error, unless the calling thread may wait as it likes.
void refuse_to_wait();
/// Throws Error if a task that is about to wait holds one of these. Nothing on other threads, which may wait as they
/// like.
inline void require_nothing_held() {
    if (held_locks.mutexes > 0 || held_locks.initializers > 0) [[unlikely]]
        refuse_to_wait();
}

}  // namespace scoop::worker
