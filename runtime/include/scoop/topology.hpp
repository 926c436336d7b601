// Where this process stands in its job, and a task in its life. Any thread, inside scoop::run; outside, what a job of
// one would say.
#pragma once

#include <string>
#include <vector>

namespace scoop {

/// This worker's number in the job, 0 to size()-1; the root is 0.
[[nodiscard]] int rank();
/// Its number among the workers of its host, from 0.
[[nodiscard]] int local_rank();
/// Workers in the job, the root included. Those of hosts that join it count from then on; those that leave or die count
/// as before, for no rank is given twice.
[[nodiscard]] int size();
/// Whether this is the worker that runs the program.
[[nodiscard]] bool is_root();
/// The host of this worker, as the user named it.
[[nodiscard]] std::string host();
/// All hosts of the job, the root's first; those that joined it behind the others.
[[nodiscard]] std::vector<std::string> hosts();
/// Whether scoop-run, or another launcher such as mpirun, started this process.
[[nodiscard]] bool launched();

/// Inside a task: whether its cancellation was asked for (its future's cancel(), its timeout, or those of the task that
/// submitted it) or its job is ending. A long task looks at this now and then, and returns.
[[nodiscard]] bool stop_requested();
/// Inside a task: 1 in its first execution, more after a retry or when the worker that ran it was lost. Elsewhere 1.
[[nodiscard]] int attempt();

}  // namespace scoop
