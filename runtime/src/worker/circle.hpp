// What the strands of one process wait for, as a WaitGraph.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "worker/compute.hpp"
#include "worker/export_table.hpp"
#include "worker/wait_graph.hpp"

namespace scoop::worker {

/// Of a compute thread that has nothing to run; on that thread. `sent`: the tasks of this process that others, or it
/// itself by way of a broker, have started. A task with a time limit is not in it: its wait will end.
[[nodiscard]] WaitGraph seen_waits(const std::vector<std::unique_ptr<Strand>>& strands, base::Rank rank,
                                   std::uint64_t idle_period, const std::vector<SentBlock>& sent);

}  // namespace scoop::worker
