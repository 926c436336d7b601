// A lock for mutexes that are held for less than it takes to put a thread to sleep and wake it: who finds one locked
// looks for a moment before it sleeps.
#pragma once

#include <mutex>

namespace scoop::base {

inline void relax_processor() noexcept {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
    asm volatile("yield");
#endif
}

[[nodiscard]] inline std::unique_lock<std::mutex> lock_briefly(std::mutex& mutex) {
    constexpr int looks = 100;
    for (int i = 0; i < looks; ++i) {
        if (mutex.try_lock()) return {mutex, std::adopt_lock};
        relax_processor();
    }
    return std::unique_lock(mutex);
}

}  // namespace scoop::base
