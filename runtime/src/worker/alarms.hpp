// Alarms: calls at points in time, from a thread of its own that is started with the first one. For what is rare.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "base/clock.hpp"

namespace scoop::worker {

/// Any thread.
class Alarms {
public:
    Alarms() = default;
    ~Alarms();
    Alarms(const Alarms&) = delete;
    Alarms& operator=(const Alarms&) = delete;

    /// `action` is short and does not throw. It is called even if nobody is interested any more.
    void set(base::TimePoint when, std::function<void()> action);

    /// Nothing that was set by now is called any more: for the end of a job, whom it concerns being gone afterwards.
    /// Waits for the call that is under way.
    void drop_all();

    /// The one of this process, never destroyed: tasks may outlive everything else.
    static Alarms& of_process();

private:
    void run();

    std::mutex mutex_;
    std::condition_variable changed_;
    std::condition_variable called_;
    std::multimap<base::TimePoint, std::function<void()>> actions_;
    bool is_calling_ = false;
    bool is_dropping_ = false;
    bool stop_ = false;
    std::thread thread_;
};

}  // namespace scoop::worker
