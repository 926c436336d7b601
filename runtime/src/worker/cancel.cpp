#include "worker/cancel.hpp"

#include <unordered_map>
#include <utility>

#include "worker/heavy_fence.hpp"

namespace scoop::worker {

using detail::Block;
using detail::TaskRef;
using detail::TaskState;

namespace {

struct Descent {
    std::unordered_map<const Block*, std::uint64_t> parents;  // cancelled ones with children: block, generation
    std::vector<TaskRef> found;
};

// Cancels one task; whether it may have children here.
bool cancel_and_note(TaskRef task, std::uint64_t flags, TreeCancelled& outcome) {
    const auto [before, export_number] = detail::cancel_one(task, flags);
    outcome.before = before;
    if (before == TaskState::exported) outcome.export_numbers.push_back(export_number);
    if (before != TaskState::running) return false;
    // Whoever submits notes its parent first and then looks whether that is cancelled; this is the other half.
    heavy_fence();
    // One that has returned already, being told, may have left children behind.
    return task.block->has_children.load(std::memory_order_relaxed) ||
           detail::reference(*task.block).generation != task.generation;
}

// Cancels the children of these, and theirs. All of one level are found before any of them is told: one that is told
// may return at once, and then it leads to nobody any more.
void cancel_levels(Descent& search, TreeCancelled& outcome) {
    while (!search.parents.empty()) {
        search.found.clear();
        detail::visit_blocks(
            [](Block& block, void* context) {
                auto& to = *static_cast<Descent*>(context);
                const TaskRef child{&block, detail::generation_of(block.word.load(std::memory_order_acquire))};
                const Block* const parent = block.parent.load(std::memory_order_acquire);
                if (parent == nullptr) return;
                const auto entry = to.parents.find(parent);
                if (entry == to.parents.end()) return;
                // A block that is used anew gets another generation before it gets another parent.
                if (block.parent_generation.load(std::memory_order_acquire) == entry->second &&
                    detail::reference(block).generation == child.generation)
                    to.found.push_back(child);
            },
            &search);
        search.parents.clear();
        for (const TaskRef child : search.found)
            if (cancel_and_note(child, detail::cancelled_flag, outcome))
                search.parents.emplace(child.block, child.generation);
    }
}

}  // namespace

TreeCancelled cancel_tree(TaskRef task, std::uint64_t flags) {
    TreeCancelled result;
    Descent search;
    if (cancel_and_note(task, flags, result)) search.parents.emplace(task.block, task.generation);
    const TaskState before = result.before;
    cancel_levels(search, result);
    result.before = before;
    return result;
}

std::vector<std::uint64_t> cancel_descendants(TaskRef ancestor) {
    TreeCancelled result;
    Descent search;
    search.parents.emplace(ancestor.block, ancestor.generation);
    cancel_levels(search, result);
    return std::move(result.export_numbers);
}

}  // namespace scoop::worker
