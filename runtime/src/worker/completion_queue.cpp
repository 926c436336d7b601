#include "scoop/detail/completion_queue.hpp"

#include <utility>

#include "worker/held_locks.hpp"

namespace scoop::detail {

CompletionQueue::~CompletionQueue() {
    // One that is done, or has become so meanwhile, is not in its block's list: removing it finds nothing.
    for (auto& watched : watched_) remove_waiter(*watched.block, watched);
}

void CompletionQueue::watch(Block& block, std::size_t index) {
    Watched& watched = watched_.emplace_front();
    watched.queue = this;
    watched.block = &block;
    watched.index = index;
    watched.self = watched_.begin();
    watched.notify = [](Waiter& self) noexcept {
        auto& done = static_cast<Watched&>(self);
        done.queue->on_done(done);
    };
    ++outstanding_;
    if (!add_waiter(block, watched)) on_done(watched);
}

void CompletionQueue::on_done(Watched& watched) noexcept {
    const std::lock_guard lock(mutex_);
    done_.push_back(&watched);
    if (waiting_ != nullptr) std::exchange(waiting_, nullptr)->notify();
}

std::optional<std::size_t> CompletionQueue::next(TimePoint deadline) {
    worker::require_nothing_held();
    for (;;) {
        Parking parking;
        {
            const std::lock_guard lock(mutex_);
            if (!done_.empty()) {
                const Watched& first = *done_.front();
                done_.pop_front();
                const std::size_t index = first.index;
                watched_.erase(first.self);
                --outstanding_;
                return index;
            }
            waiting_ = &parking;
        }
        const bool was_notified = parking.wait_until(deadline);
        const std::lock_guard lock(mutex_);
        waiting_ = nullptr;
        if (!was_notified && done_.empty()) return std::nullopt;
    }
}

}  // namespace scoop::detail
