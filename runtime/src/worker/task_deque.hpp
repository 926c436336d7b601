// TaskDeque: the compute thread's own tasks. The owner pushes and pops at the bottom (newest first), one other thread
// at a time takes from the top (oldest first), as many at once as it wants.
//
// The protocol is that of Cilk-5 (Frigo, Leiserson, Randall, PLDI 1998): the owner takes the lock only when the two
// might want the same task. The fence between its own two steps is the light half of an asymmetric pair, so that push
// and pop are a few plain instructions; whoever takes pays with the heavy half, once for all it takes.
//
// Entries are plain {block, generation} pairs; the claim of a task checks both.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

#include "scoop/detail/block.hpp"
#include "worker/heavy_fence.hpp"

namespace scoop::worker {

class TaskDeque {
public:
    /// Owner.
    void push(detail::TaskRef task) {
        const std::int64_t bottom = bottom_.load(std::memory_order_relaxed);
        if (bottom - taken_.load(std::memory_order_acquire) >= size_) [[unlikely]]
            grow(bottom);
        at(bottom).put(task);
        bottom_.store(bottom + 1, std::memory_order_release);
    }
    /// Owner. An empty reference when there is nothing.
    [[nodiscard]] detail::TaskRef pop() {
        const std::int64_t newest = bottom_.load(std::memory_order_relaxed) - 1;
        if (newest < taken_.load(std::memory_order_relaxed)) return {};
        bottom_.store(newest, std::memory_order_relaxed);
        light_fence();
        if (newest < top_.load(std::memory_order_relaxed)) [[unlikely]]
            return pop_contended(newest);
        return at(newest).get();
    }
    /// Owner. Removes the newest entry if it is this block's, so that a task run in place leaves no trace behind.
    void forget_newest(const detail::Block& block) {
        const std::int64_t bottom = bottom_.load(std::memory_order_relaxed);
        if (bottom > taken_.load(std::memory_order_relaxed) && at(bottom - 1).is_of(block)) (void)pop();
    }

    /// Any other thread: calls `take` for up to `count` tasks, oldest first. Whether there was one.
    template <class Take>
    bool take_oldest(std::size_t count, Take take) {
        const std::lock_guard lock(mutex_);
        const std::int64_t top = top_.load(std::memory_order_relaxed);
        const std::int64_t there = bottom_.load(std::memory_order_acquire) - top;
        if (there <= 0 || count == 0) return false;
        const std::int64_t wanted_end = top + std::min(there, static_cast<std::int64_t>(count));
        top_.store(wanted_end, std::memory_order_relaxed);
        heavy_fence();
        // What the owner has popped meanwhile is below its bottom; from now on it sees the new top.
        const std::int64_t end = std::clamp(bottom_.load(std::memory_order_acquire), top, wanted_end);
        for (std::int64_t i = top; i < end; ++i) take(at(i).get());
        top_.store(end, std::memory_order_relaxed);
        taken_.store(end, std::memory_order_release);
        return end > top;
    }
    /// Any thread; exact only for the owner.
    [[nodiscard]] std::size_t size() const {
        const std::int64_t top = top_.load(std::memory_order_relaxed);
        const std::int64_t bottom = bottom_.load(std::memory_order_relaxed);
        return bottom > top ? static_cast<std::size_t>(bottom - top) : 0;
    }

private:
    class Slot {
    public:
        void put(detail::TaskRef task) {
            generation_.store(task.generation, std::memory_order_relaxed);
            block_.store(task.block, std::memory_order_relaxed);
        }
        [[nodiscard]] detail::TaskRef get() const {
            return {block_.load(std::memory_order_relaxed), generation_.load(std::memory_order_relaxed)};
        }
        [[nodiscard]] bool is_of(const detail::Block& block) const {
            return block_.load(std::memory_order_relaxed) == &block;
        }

    private:
        std::atomic<detail::Block*> block_{nullptr};
        std::atomic<std::uint64_t> generation_{0};
    };

    [[nodiscard]] Slot& at(std::int64_t index) { return slots_[static_cast<std::size_t>(index & (size_ - 1))]; }

    // Somebody takes the newest entry right now, or leaves it.
    [[gnu::cold, gnu::noinline]] detail::TaskRef pop_contended(std::int64_t newest) {
        bottom_.store(newest + 1, std::memory_order_relaxed);
        const std::lock_guard lock(mutex_);
        if (newest < top_.load(std::memory_order_relaxed)) return {};
        bottom_.store(newest, std::memory_order_relaxed);
        return at(newest).get();
    }
    [[gnu::cold, gnu::noinline]] void grow(std::int64_t bottom) {
        const std::lock_guard lock(mutex_);
        const std::int64_t new_size = size_ * 2;
        auto slots = std::make_unique<Slot[]>(static_cast<std::size_t>(new_size));
        for (std::int64_t i = top_.load(std::memory_order_relaxed); i < bottom; ++i)
            slots[static_cast<std::size_t>(i & (new_size - 1))].put(at(i).get());
        slots_ = std::move(slots);
        size_ = new_size;
    }

    // Of the owner, who changes the slots' place under the lock.
    alignas(64) std::atomic<std::int64_t> bottom_{0};
    std::int64_t size_ = 1024;  // a power of two
    std::unique_ptr<Slot[]> slots_ = std::make_unique<Slot[]>(1024);
    // Of whoever takes, under the lock.
    alignas(64) std::atomic<std::int64_t> top_{0};  // wanted up to here
    std::atomic<std::int64_t> taken_{0};            // gone up to here
    std::mutex mutex_;
};

}  // namespace scoop::worker
