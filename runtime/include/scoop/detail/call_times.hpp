// CallTimes: how long the tasks of one call took that have ended, for those that are still away: a map, or all submits
// of one function from this process. Any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <vector>

namespace scoop::detail {

class CallTimes {
public:
    void add(std::chrono::nanoseconds time);
    /// Of the latest ones; nothing if none has ended.
    [[nodiscard]] std::optional<std::chrono::nanoseconds> median() const;

private:
    static constexpr std::size_t kept_max = 128;
    mutable std::mutex mutex_;
    std::vector<std::chrono::nanoseconds> times_;  // a ring once it is full
    std::size_t next_ = 0;
};

}  // namespace scoop::detail
