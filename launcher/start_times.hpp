// How long the steps of the start took on each host, and the table that --timing prints of it.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"

namespace scoop::launcher {

struct StepTime {
    std::string step;
    base::Duration time{};
};

/// The step that a session is at, and how long those before it took. Any thread.
class StepClock {
public:
    void enter(const char* step);
    [[nodiscard]] const char* step() const;
    /// Of the steps that are over; one that was repeated counts once, with all its time.
    [[nodiscard]] std::vector<StepTime> times() const;

private:
    mutable std::mutex mutex_;
    const char* step_ = "connect";
    base::TimePoint since_ = base::Clock::now();
    std::vector<StepTime> times_;
};

/// What all hosts took. One thread; times come from outside.
class StartTimes {
public:
    void add(const std::string& host, const StepTime& time);
    void on_greeted(const std::string& host, const std::vector<StepTime>& times);
    /// Between these two its workers are started.
    void on_described(const std::string& host, base::TimePoint now);
    void on_ready(const std::string& host, base::TimePoint now);

    /// A row for each step, with the median, the 95th percentile and the slowest host; every line ended.
    [[nodiscard]] std::string table() const;

private:
    struct OfHost {
        std::string host;
        base::Duration time;
    };
    std::map<std::size_t, std::pair<std::string, std::vector<OfHost>>> steps_;  ///< by their order
    std::map<std::string, base::TimePoint> described_at_;
};

}  // namespace scoop::launcher
