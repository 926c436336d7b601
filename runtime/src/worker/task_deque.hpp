// TaskDeque: the compute thread's own tasks. The owner pushes and pops at the bottom (newest first), one other thread
// takes at the top (oldest first).
//
// The algorithm is Chase and Lev's dynamic circular work-stealing deque (SPAA 2005), with sequentially consistent
// accesses where their proof needs a fence. Entries are plain {block, generation} pairs: a pair torn by a race names
// no task whose claim could succeed by mistake, since the claim checks block and generation together.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "scoop/detail/block.hpp"

namespace scoop::worker {

class TaskDeque {
public:
    TaskDeque() { grow(nullptr, 0, 0); }

    /// Owner.
    void push(detail::TaskRef task) {
        const std::int64_t bottom = bottom_.load(std::memory_order_relaxed);
        const std::int64_t top = top_.load(std::memory_order_acquire);
        Ring* ring = ring_.load(std::memory_order_relaxed);
        if (bottom - top >= static_cast<std::int64_t>(ring->size())) ring = grow(ring, top, bottom);
        ring->put(bottom, task);
        bottom_.store(bottom + 1, std::memory_order_release);
    }
    /// Owner. An empty reference when there is nothing.
    [[nodiscard]] detail::TaskRef pop() {
        const std::int64_t bottom = bottom_.load(std::memory_order_relaxed) - 1;
        if (bottom < top_.load(std::memory_order_relaxed)) return {};  // empty for the owner stays empty
        Ring* const ring = ring_.load(std::memory_order_relaxed);
        bottom_.store(bottom, std::memory_order_seq_cst);
        std::int64_t top = top_.load(std::memory_order_seq_cst);
        detail::TaskRef task;
        if (top <= bottom) {
            task = ring->get(bottom);
            if (top == bottom) {
                if (!top_.compare_exchange_strong(top, top + 1, std::memory_order_seq_cst)) task = {};
                bottom_.store(bottom + 1, std::memory_order_relaxed);
            }
        } else {
            bottom_.store(bottom + 1, std::memory_order_relaxed);
        }
        return task;
    }
    /// Owner. Removes the newest entry if it is this block's, so that a task run in place leaves no trace behind.
    void forget_newest(const detail::Block& block) {
        const std::int64_t bottom = bottom_.load(std::memory_order_relaxed);
        if (bottom <= top_.load(std::memory_order_relaxed)) return;
        if (ring_.load(std::memory_order_relaxed)->get(bottom - 1).block == &block) (void)pop();
    }

    /// The other thread. An empty reference when there is nothing or the race was lost.
    [[nodiscard]] detail::TaskRef steal() {
        std::int64_t top = top_.load(std::memory_order_seq_cst);
        const std::int64_t bottom = bottom_.load(std::memory_order_seq_cst);
        if (top >= bottom) return {};
        const detail::TaskRef task = ring_.load(std::memory_order_acquire)->get(top);
        if (!top_.compare_exchange_strong(top, top + 1, std::memory_order_seq_cst)) return {};
        return task;
    }
    /// Any thread; exact only for the owner.
    [[nodiscard]] std::size_t size() const {
        const std::int64_t top = top_.load(std::memory_order_seq_cst);
        const std::int64_t bottom = bottom_.load(std::memory_order_seq_cst);
        return bottom > top ? static_cast<std::size_t>(bottom - top) : 0;
    }

private:
    class Ring {
    public:
        explicit Ring(std::size_t size) : slots_(std::make_unique<Slot[]>(size)), mask_(size - 1) {}
        [[nodiscard]] std::size_t size() const { return mask_ + 1; }
        void put(std::int64_t index, detail::TaskRef task) {
            Slot& slot = slots_[static_cast<std::size_t>(index) & mask_];
            slot.generation.store(task.generation, std::memory_order_relaxed);
            slot.block.store(task.block, std::memory_order_relaxed);
        }
        [[nodiscard]] detail::TaskRef get(std::int64_t index) const {
            const Slot& slot = slots_[static_cast<std::size_t>(index) & mask_];
            return {slot.block.load(std::memory_order_relaxed), slot.generation.load(std::memory_order_relaxed)};
        }

    private:
        struct Slot {
            std::atomic<detail::Block*> block{nullptr};
            std::atomic<std::uint64_t> generation{0};
        };
        std::unique_ptr<Slot[]> slots_;
        std::size_t mask_;
    };

    Ring* grow(const Ring* old, std::int64_t top, std::int64_t bottom) {
        rings_.push_back(std::make_unique<Ring>(old == nullptr ? 1024 : old->size() * 2));
        Ring* const ring = rings_.back().get();
        for (std::int64_t i = top; i < bottom; ++i) ring->put(i, old->get(i));
        ring_.store(ring, std::memory_order_release);
        return ring;
    }

    alignas(64) std::atomic<std::int64_t> top_{0};
    alignas(64) std::atomic<std::int64_t> bottom_{0};
    std::atomic<Ring*> ring_{nullptr};
    std::vector<std::unique_ptr<Ring>> rings_;  // old ones stay: the other thread may be reading from them
};

}  // namespace scoop::worker
