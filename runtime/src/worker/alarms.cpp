#include "worker/alarms.hpp"

#include <pthread.h>

#include <utility>

#include "base/signals_blocked.hpp"

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
    if (is_dropping_) return;
    actions_.emplace(when, std::move(action));
    if (!thread_.joinable()) {
        const base::SignalsBlocked blocked;
        thread_ = std::thread([this] { run(); });
    }
    changed_.notify_one();
}

void Alarms::drop_all() {
    std::unique_lock lock(mutex_);
    is_dropping_ = true;
    const auto dropped = std::exchange(actions_, {});
    called_.wait(lock, [this] { return !is_calling_; });
    is_dropping_ = false;
    lock.unlock();  // before what they hold goes
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
            const base::TimePoint when =
                first->first;  // read when the wait is over, but drop_all() may free the action
            changed_.wait_until(lock, when);
        } else {
            auto action = std::move(first->second);
            actions_.erase(first);
            is_calling_ = true;
            lock.unlock();
            action();
            action = nullptr;  // with what it holds
            lock.lock();
            is_calling_ = false;
            called_.notify_all();
        }
    }
}

}  // namespace scoop::worker
