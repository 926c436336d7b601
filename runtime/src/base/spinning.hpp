// Waiting by looking again and again instead of sleeping (scoop-run --spin): whoever waits notices within a
// microsecond, and keeps a processor busy meanwhile. One setting for the whole process. Any thread.
#pragma once

#include <poll.h>
#include <sched.h>

#include <span>

#include "base/clock.hpp"

namespace scoop::base {

/// Before there are other threads.
void set_spinning(bool spins);
[[nodiscard]] bool is_spinning() noexcept;

/// Looks until `has_come()`, or the deadline is over. Others that want the processor get it between two looks.
template <class Condition>
void spin_until(TimePoint deadline, Condition has_come) {
    while (!has_come() && (deadline == TimePoint::max() || Clock::now() < deadline)) ::sched_yield();
}

/// poll(2), or looks again and again until one is ready, `is_called()` or the time is over.
template <class Condition>
int poll_or_spin(std::span<pollfd> items, int timeout_ms, Condition is_called) {
    if (!is_spinning()) return ::poll(items.data(), items.size(), timeout_ms);
    int ready = 0;
    const auto deadline = timeout_ms < 0 ? TimePoint::max() : Clock::now() + std::chrono::milliseconds(timeout_ms);
    spin_until(deadline, [&] { return (ready = ::poll(items.data(), items.size(), 0)) != 0 || is_called(); });
    return ready;
}

}  // namespace scoop::base
