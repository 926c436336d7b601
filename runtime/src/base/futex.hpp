// Sleeping on an atomic word until another thread changes it: the kernel's futex, with a deadline, which std::atomic's
// wait() does not have. Unlike a condition variable it takes no lock that the woken thread would find held.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/clock.hpp"

namespace scoop::base {

/// Sleeps while the word has this value; false when the time is up. May return early.
bool wait_while(const std::atomic<std::uint32_t>& word, std::uint32_t value, TimePoint deadline);
/// After the word was changed. Uses its address only: the word itself may be gone.
void wake_one(const std::atomic<std::uint32_t>* word) noexcept;

}  // namespace scoop::base
