// TaskOptions: what may be said of one task beyond its function and arguments. A plain value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scoop/timeout.hpp"

namespace scoop {

/// The first argument of submit, map and their relatives, where one is needed: `submit<f>(TaskOptions{.retries = 2}, x)`.
struct TaskOptions {
    /// Where several tasks wait in one worker the highest is run first; -128 to 127.
    int priority = 0;
    /// How often the task is run again when it throws; its arguments must be copyable. The last exception counts.
    unsigned retries = 0;
    /// From the start of the task: then its future has a TimeoutError, and stop_requested() is true inside. Zero: none.
    Timeout timeout = Timeout::zero();
    /// From the end of the timeout: a worker on which the task has not returned by then is killed, and what else it had is
    /// run again elsewhere. The root is never killed. Zero: the task may go on as long as it likes.
    Timeout kill_after = Timeout::zero();
    /// Tags that the host must carry (hostfile: `node01 tags=gpu,bigmem`). In a job none of whose hosts carries any, as
    /// on one's own machine, they are not asked for.
    std::vector<std::string> needs = {};
    /// Instead of the function's name in messages.
    std::string name = {};
};

}  // namespace scoop
