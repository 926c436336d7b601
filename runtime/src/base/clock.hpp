// Time in scoop: a monotonic clock, injected wherever a decision depends on it.
#pragma once

#include <chrono>

namespace scoop::base {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Duration = Clock::duration;

[[nodiscard]] inline Duration to_duration(double seconds) {
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

}  // namespace scoop::base
