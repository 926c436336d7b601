#include "worker/loop_registry.hpp"

#include <mutex>
#include <utility>

#include "base/assert.hpp"
#include "worker/compute.hpp"

namespace scoop::detail {

namespace {

// Elements in one split: a bound on the size of one message and on the time to write it.
constexpr std::size_t split_elements_max = 64 * 1024;

std::mutex registry_mutex;
RunningLoop* oldest = nullptr;
RunningLoop* newest = nullptr;

}  // namespace

void RunningLoop::enter() { LoopRegistry::enter(*this); }
void RunningLoop::leave() { LoopRegistry::leave(*this); }

void LoopRegistry::enter(RunningLoop& loop) {
    auto* const compute = worker::Compute::current();
    SCOOP_ASSERT(compute != nullptr);
    auto*& loops = compute->strand().loops;
    loop.outer_ = loops;
    loops = &loop;
    loop.is_entered_ = true;
    {
        const std::lock_guard lock(registry_mutex);
        loop.previous_ = newest;
        (newest == nullptr ? oldest : newest->next_) = &loop;
        newest = &loop;
    }
    compute->tell_demand();
}

void LoopRegistry::leave(RunningLoop& loop) {
    if (!std::exchange(loop.is_entered_, false)) return;
    worker::Compute::current()->strand().loops = loop.outer_;
    const std::lock_guard lock(registry_mutex);
    (loop.previous_ == nullptr ? oldest : loop.previous_->next_) = loop.next_;
    (loop.next_ == nullptr ? newest : loop.next_->previous_) = loop.previous_;
}

Block* LoopRegistry::split_one() {
    const std::lock_guard lock(registry_mutex);
    for (auto* loop = oldest; loop != nullptr; loop = loop->next_) {
        if (Block* part = loop->try_split(split_elements_max)) return part;
    }
    return nullptr;
}

std::size_t LoopRegistry::splittable() {
    const std::lock_guard lock(registry_mutex);
    std::size_t count = 0;
    for (const auto* loop = oldest; loop != nullptr; loop = loop->next_) count += loop->can_split() ? 1 : 0;
    return count;
}

}  // namespace scoop::detail
