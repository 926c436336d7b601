// Time in scoop: a monotonic clock, injected wherever a decision depends on it.
#pragma once

#include <chrono>

namespace scoop::base {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Duration = Clock::duration;

}  // namespace scoop::base
