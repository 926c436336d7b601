// ExportTable: own tasks that are with other workers, by the counter of their TaskId. Comm thread only, but for
// started().
//
// A task of which a second copy is under way has two ids, each other's twins. A counter is a slot and how often the
// slot was used, so it is found without a search and never comes twice. The block of an entry may be long gone, if its
// task was cancelled: what remains is a reference that can no longer be claimed.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/ids.hpp"
#include "scoop/detail/block.hpp"

namespace scoop::worker {

/// A task that an executor has started, as far as is known.
struct SentBlock {
    detail::TaskRef task;
    base::TaskId id;
    base::Rank executor = 0;
    detail::TaskState state = detail::TaskState::exported;  ///< its own while it is there
    std::optional<base::TaskId> twin = {};                  ///< the other copy, which may not have been started
};

class ExportTable {
public:
    ExportTable(base::Rank rank, std::uint32_t incarnation) : rank_(rank), incarnation_(incarnation) {}

    /// The block is claimed; its number lets whoever cancels it tell this table.
    [[nodiscard]] base::TaskId add(detail::Block& block) {
        const std::uint32_t slot = take_slot();
        slots_[slot].task = detail::reference(block);
        const std::uint64_t counter = counter_of(slot);
        block.export_number.store(counter, std::memory_order_relaxed);
        return id_of(counter);
    }
    /// Another id for the task of this one, which is known by both from now on. It has no twin.
    [[nodiscard]] base::TaskId add_copy(const base::TaskId& first) {
        const std::uint32_t slot = take_slot();
        const auto slot_of_first = static_cast<std::uint32_t>(first.counter);
        slots_[slot].task = slots_[slot_of_first].task;
        slots_[slot].twin = slot_of_first;
        slots_[slot_of_first].twin = slot;
        note_twin(slot_of_first);
        return id_of(counter_of(slot));
    }
    /// The other id of the same task.
    [[nodiscard]] std::optional<base::TaskId> twin_of(const base::TaskId& id) const {
        if (!find(id)) return std::nullopt;
        const auto twin = slots_[static_cast<std::uint32_t>(id.counter)].twin;
        return twin ? std::optional(id_of(counter_of(*twin))) : std::nullopt;
    }
    [[nodiscard]] base::TaskId id_of(std::uint64_t counter) const { return {rank_, incarnation_, counter}; }
    /// The task of this id; empty for an id that is not ours or was answered.
    [[nodiscard]] detail::TaskRef find(const base::TaskId& id) const {
        const auto slot = static_cast<std::uint32_t>(id.counter);
        const bool is_known = id.owner == rank_ && id.incarnation == incarnation_ && slot < slots_.size() &&
                              slots_[slot].uses == id.counter >> 32;
        return is_known ? slots_[slot].task : detail::TaskRef{};
    }
    /// The same; it is no longer known afterwards.
    [[nodiscard]] detail::TaskRef remove(const base::TaskId& id) {
        const detail::TaskRef task = find(id);
        if (task) {
            const auto slot = static_cast<std::uint32_t>(id.counter);
            forget_started(slot);
            if (const auto twin = std::exchange(slots_[slot].twin, std::nullopt)) {
                slots_[*twin].twin.reset();
                note_twin(*twin);
            }
            slots_[slot].task = {};
            ++slots_[slot].uses;
            free_.push_back(slot);
        }
        return task;
    }
    /// All of them, those with two ids twice; none is known afterwards.
    [[nodiscard]] std::vector<detail::TaskRef> remove_all() {
        std::vector<detail::TaskRef> tasks;
        for (std::uint32_t slot = 0; slot < slots_.size(); ++slot)
            if (slots_[slot].task) tasks.push_back(remove(id_of(counter_of(slot))));
        return tasks;
    }

    /// An executor says that it runs this task, once for each.
    void note_started(const base::TaskId& id, base::Rank executor) {
        const detail::TaskRef task = find(id);
        if (!task) return;
        detail::note_started(task);
        const std::lock_guard lock(mutex_);
        const auto slot = static_cast<std::uint32_t>(id.counter);
        slots_[slot].is_started = true;
        started_.insert_or_assign(slot, SentBlock{.task = task, .id = id, .executor = executor, .twin = twin_of(id)});
    }
    [[nodiscard]] bool is_started(const base::TaskId& id) const {
        return find(id) && slots_[static_cast<std::uint32_t>(id.counter)].is_started;
    }
    /// Any thread.
    [[nodiscard]] std::vector<SentBlock> started() const {
        const std::lock_guard lock(mutex_);
        std::vector<SentBlock> blocks;
        for (const auto& [slot, block] : started_) blocks.push_back(block);
        return blocks;
    }

private:
    struct Slot {
        detail::TaskRef task;
        std::uint32_t uses = 0;
        std::optional<std::uint32_t> twin;  // the slot of the other copy
        bool is_started = false;
    };
    [[nodiscard]] std::uint64_t counter_of(std::uint32_t slot) const {
        return std::uint64_t{slots_[slot].uses} << 32 | slot;
    }
    std::uint32_t take_slot() {
        if (free_.empty()) {
            free_.push_back(static_cast<std::uint32_t>(slots_.size()));
            slots_.push_back({});
        }
        const std::uint32_t slot = free_.back();
        free_.pop_back();
        return slot;
    }
    void forget_started(std::uint32_t slot) {
        if (!std::exchange(slots_[slot].is_started, false)) return;
        const std::lock_guard lock(mutex_);
        started_.erase(slot);
    }
    // For who asks what was started.
    void note_twin(std::uint32_t slot) {
        const std::lock_guard lock(mutex_);
        const auto found = started_.find(slot);
        if (found != started_.end()) found->second.twin = twin_of(found->second.id);
    }
    const base::Rank rank_;
    const std::uint32_t incarnation_;
    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_;
    mutable std::mutex mutex_;
    std::unordered_map<std::uint32_t, SentBlock> started_;  // by slot; under the lock
};

}  // namespace scoop::worker
