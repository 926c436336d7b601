#include "base/futex.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

namespace scoop::base {

static_assert(std::atomic<std::uint32_t>::is_always_lock_free && sizeof(std::atomic<std::uint32_t>) == 4);

bool wait_while(const std::atomic<std::uint32_t>& word, std::uint32_t value, TimePoint deadline) {
    // steady_clock is CLOCK_MONOTONIC, the clock of FUTEX_WAIT_BITSET.
    const auto since_boot = deadline.time_since_epoch();
    const auto seconds = std::chrono::floor<std::chrono::seconds>(since_boot);
    timespec until{};
    until.tv_sec = static_cast<std::time_t>(seconds.count());
    until.tv_nsec = static_cast<long>(std::chrono::nanoseconds(since_boot - seconds).count());
    const bool is_limited = deadline != TimePoint::max();
    return ::syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, value, is_limited ? &until : nullptr, nullptr,
                     FUTEX_BITSET_MATCH_ANY) == 0 ||
           errno != ETIMEDOUT;
}

void wake_one(const std::atomic<std::uint32_t>* word) noexcept {
    ::syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

}  // namespace scoop::base
