// Counts the mutexes that each thread holds and the static variables it is initializing, so that a task that waits with
// one of them is told (worker/held_locks.hpp).
//
// A library of its own, which only debug builds of programs are linked with: its functions stand in front of those of
// the C and C++ libraries, do what these do, and count.
#include <cxxabi.h>
#include <dlfcn.h>
#include <pthread.h>

#include <atomic>

#include "worker/held_locks.hpp"

namespace {

using scoop::worker::held_locks;

/// The function of this name that would be called without this library. No static variable with a guard: its own guard
/// would come back here.
template <class F>
class Next {
public:
    explicit constexpr Next(const char* name) : name_(name) {}
    F& operator*() {
        F* found = function_.load(std::memory_order_relaxed);
        if (found == nullptr) {
            found = reinterpret_cast<F*>(::dlsym(RTLD_NEXT, name_));
            function_.store(found, std::memory_order_relaxed);
        }
        return *found;
    }

private:
    const char* name_;
    std::atomic<F*> function_{nullptr};
};

// Zero is success for all of these.
int locked(int status) {
    if (status == 0) ++held_locks.mutexes;
    return status;
}
int unlocked(int status) {
    if (status == 0) --held_locks.mutexes;
    return status;
}

}  // namespace

extern "C" {

int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
    static constinit Next<int(pthread_mutex_t*)> real("pthread_mutex_lock");
    return locked((*real)(mutex));
}
int pthread_mutex_trylock(pthread_mutex_t* mutex) noexcept {
    static constinit Next<int(pthread_mutex_t*)> real("pthread_mutex_trylock");
    return locked((*real)(mutex));
}
int pthread_mutex_unlock(pthread_mutex_t* mutex) noexcept {
    static constinit Next<int(pthread_mutex_t*)> real("pthread_mutex_unlock");
    return unlocked((*real)(mutex));
}
int pthread_rwlock_rdlock(pthread_rwlock_t* lock) noexcept {
    static constinit Next<int(pthread_rwlock_t*)> real("pthread_rwlock_rdlock");
    return locked((*real)(lock));
}
int pthread_rwlock_wrlock(pthread_rwlock_t* lock) noexcept {
    static constinit Next<int(pthread_rwlock_t*)> real("pthread_rwlock_wrlock");
    return locked((*real)(lock));
}
int pthread_rwlock_tryrdlock(pthread_rwlock_t* lock) noexcept {
    static constinit Next<int(pthread_rwlock_t*)> real("pthread_rwlock_tryrdlock");
    return locked((*real)(lock));
}
int pthread_rwlock_trywrlock(pthread_rwlock_t* lock) noexcept {
    static constinit Next<int(pthread_rwlock_t*)> real("pthread_rwlock_trywrlock");
    return locked((*real)(lock));
}
int pthread_rwlock_unlock(pthread_rwlock_t* lock) noexcept {
    static constinit Next<int(pthread_rwlock_t*)> real("pthread_rwlock_unlock");
    return unlocked((*real)(lock));
}

}  // extern "C"

namespace __cxxabiv1 {
extern "C" {

int __cxa_guard_acquire(__guard* guard) {
    static constinit Next<int(__guard*)> real("__cxa_guard_acquire");
    const int begins = (*real)(guard);
    if (begins != 0) ++held_locks.initializers;
    return begins;
}
void __cxa_guard_release(__guard* guard) noexcept {
    static constinit Next<void(__guard*)> real("__cxa_guard_release");
    --held_locks.initializers;
    (*real)(guard);
}
void __cxa_guard_abort(__guard* guard) noexcept {
    static constinit Next<void(__guard*)> real("__cxa_guard_abort");
    --held_locks.initializers;
    (*real)(guard);
}

}  // extern "C"
}  // namespace __cxxabiv1
