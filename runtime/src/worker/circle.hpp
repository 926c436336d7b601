// Tasks that wait for each other and will for ever: found among the strands of one process, which all are parked.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "worker/compute.hpp"

namespace scoop::worker {

struct Circle {
    Strand* strand = nullptr;  ///< one that waits in it
    std::string chain;         ///< "a waits for b waits for a", from the task that runs on that strand
};

/// A strand is stuck if each task that would end its wait is; a task if it runs on a stuck strand, or is not queued
/// before another stuck one is done (dataflow). Whatever else is going on somewhere may end. Compute thread.
[[nodiscard]] std::optional<Circle> find_circle(const std::vector<Strand*>& strands);

}  // namespace scoop::worker
