#include "scoop/detail/call_times.hpp"

#include <algorithm>

namespace scoop::detail {

void CallTimes::add(std::chrono::nanoseconds time) {
    const std::lock_guard lock(mutex_);
    if (times_.size() < kept_max) {
        times_.push_back(time);
    } else {
        times_[next_] = time;
        next_ = (next_ + 1) % kept_max;
    }
}

std::optional<std::chrono::nanoseconds> CallTimes::median() const {
    std::vector<std::chrono::nanoseconds> times;
    {
        const std::lock_guard lock(mutex_);
        times = times_;
    }
    if (times.empty()) return std::nullopt;
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::nth_element(times.begin(), middle, times.end());
    return *middle;
}

}  // namespace scoop::detail
