// Timeout: how long to wait, in every function that waits.
#pragma once

#include <algorithm>
#include <chrono>
#include <limits>

namespace scoop {

/// In seconds, or any std::chrono duration.
using Timeout = std::chrono::duration<double>;

/// No limit.
inline constexpr Timeout forever{std::numeric_limits<double>::infinity()};

}  // namespace scoop

namespace scoop::detail {

/// When the time is up. A hundred years stand for ever.
[[nodiscard]] inline std::chrono::steady_clock::time_point deadline_of(Timeout timeout) {
    constexpr Timeout longest = std::chrono::hours(24 * 365 * 100);
    const Timeout limit = std::clamp(timeout, Timeout::zero(), longest);
    return std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::steady_clock::duration>(limit);
}

/// Whether it is that of `forever`.
[[nodiscard]] inline bool is_forever(std::chrono::steady_clock::time_point deadline) {
    return deadline - std::chrono::steady_clock::now() > std::chrono::hours(24 * 365);
}

}  // namespace scoop::detail
