// cancel_tree: ends a task and everything that was submitted under it in this process.
#pragma once

#include <cstdint>
#include <vector>

#include "scoop/detail/block.hpp"

namespace scoop::worker {

struct TreeCancelled {
    detail::TaskState before = detail::TaskState::done;  ///< of the task itself; done: it was over already
    std::vector<std::uint64_t> export_numbers;           ///< of those that are with other workers, who are to be told
};

/// Marks the task with `flags`, its children as cancelled, theirs, and so on. Any thread; takes time in proportion to
/// the blocks of this process if the task has children, so that submitting one costs nothing but to note its parent.
[[nodiscard]] TreeCancelled cancel_tree(detail::TaskRef task, std::uint64_t flags);

/// For a task that is cancelled but whose descendants may not all have been told yet: tells them. The export numbers of
/// those that are elsewhere.
[[nodiscard]] std::vector<std::uint64_t> cancel_descendants(detail::TaskRef ancestor);

}  // namespace scoop::worker
