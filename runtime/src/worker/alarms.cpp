#include "worker/alarms.hpp"

#include <pthread.h>

#include <utility>

namespace scoop::worker {

Alarms::~Alarms() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
        changed_.notify_one();
    }
    if (thread_.joinable()) thread_.join();
}

void Alarms::set(base::TimePoint when, std::function<void()> action) {
    const std::lock_guard lock(mutex_);
    actions_.emplace(when, std::move(action));
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    changed_.notify_one();
}

Alarms& Alarms::of_process() {
    static auto* const alarms = new Alarms;
    return *alarms;
}

void Alarms::run() {
    pthread_setname_np(pthread_self(), "scoop-alarms");
    std::unique_lock lock(mutex_);
    while (!stop_) {
        if (actions_.empty()) {
            changed_.wait(lock);
        } else if (const auto first = actions_.begin(); first->first > base::Clock::now()) {
            changed_.wait_until(lock, first->first);
        } else {
            const auto action = std::move(first->second);
            actions_.erase(first);
            lock.unlock();
            action();
            lock.lock();
        }
    }
}

}  // namespace scoop::worker
