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
    /// Instead of the function's name in messages.
    std::string name = {};
};

}  // namespace scoop
