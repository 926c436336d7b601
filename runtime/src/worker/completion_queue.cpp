#include "scoop/detail/completion_queue.hpp"

#include <utility>
#include <vector>

#include "scoop/error.hpp"
#include "scoop/timeout.hpp"
#include "worker/compute.hpp"
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

struct CompletionQueue::AnyOfThem final : worker::OpenWait {
    explicit AnyOfThem(CompletionQueue& of) : queue(of) {}
    std::vector<worker::AwaitedTask> awaited() override {
        const std::lock_guard lock(queue.mutex_);
        std::vector<worker::AwaitedTask> tasks;
        if (!queue.done_.empty()) return tasks;
        for (const auto& watched : queue.watched_)
            tasks.push_back({reference(*watched.block), std::string(watched.block->type->name(*watched.block))});
        return tasks;
    }
    void give_up() override {
        const std::lock_guard lock(queue.mutex_);
        if (queue.waiting_ != nullptr) std::exchange(queue.waiting_, nullptr)->notify();
    }
    CompletionQueue& queue;
};

bool CompletionQueue::wait_until(Parking& parking, TimePoint deadline) {
    auto* const compute = worker::Compute::current();
    if (compute == nullptr || !is_forever(deadline)) return parking.wait_until(deadline);
    AnyOfThem wait(*this);
    const std::string circle = compute->wait_openly(wait, parking);
    const std::lock_guard lock(mutex_);
    if (!circle.empty() && done_.empty()) throw Error(circle);
    return true;
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
        const bool was_notified = wait_until(parking, deadline);
        const std::lock_guard lock(mutex_);
        waiting_ = nullptr;
        if (!was_notified && done_.empty()) return std::nullopt;
    }
}

}  // namespace scoop::detail
