// The end of workers whose task does not stop: TaskOptions::kill_after.
#pragma once

#include "base/clock.hpp"
#include "scoop/detail/block.hpp"

namespace scoop::worker {

/// Kills this process at `when` if the task, whose timeout has ended it by then, has still not returned; says so on
/// stderr. The root only says it: without it there is no job. For a task that runs here. Any thread.
void kill_if_overdue(detail::Block& block, base::TimePoint when);

}  // namespace scoop::worker
