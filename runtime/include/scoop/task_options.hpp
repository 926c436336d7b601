// TaskOptions: what may be said of one task beyond its function and arguments. A plain value.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "scoop/timeout.hpp"

namespace scoop {

/// The first argument of submit (Group's as well), map and map_as_completed, where one is needed:
/// `submit<f>(TaskOptions{.retries = 2}, x)`. What is combined or runs everywhere is no task of its own: map_reduce,
/// map_scan and on_each_worker take none.
struct TaskOptions {
    /// Where several tasks wait in one worker the highest is run first; -128 to 127.
    int priority = 0;
    /// How often the task is run again when it throws; its arguments must be copyable. The last exception counts.
    unsigned retries = 0;
    /// From the start of the task: then its future has a TimeoutError, and stop_requested() is true inside. Zero: none.
    Timeout timeout = Timeout::zero();
    /// From the end of the timeout: a worker on which the task has not returned by then is killed, and what else it had
    /// is run again elsewhere. The root is never killed. Zero: the task may go on as long as it likes.
    Timeout kill_after = Timeout::zero();
    /// Tags that the host must carry (hostfile: `node01 tags=gpu,bigmem`). In a job none of whose hosts carries any, as
    /// on one's own machine, they are not asked for.
    std::vector<std::string> needs = {};
    /// Instead of the function's name in messages.
    std::string name = {};
    /// While a worker has nothing to do, a task that takes much longer elsewhere than others of its map (or than others
    /// of its function, if it was submitted by itself) is run there once more at the same time. The first result
    /// counts; in the other copy stop_requested() is true.
    bool speculative = false;
};

namespace detail {

/// Whether no options are among these arguments; says what to do otherwise, as in callable.hpp.
template <class... Given>
consteval bool check_no_options() {
    constexpr bool has_no_options = !(std::is_same_v<std::remove_cvref_t<Given>, TaskOptions> || ...);
    static_assert(
        has_no_options,
        "scoop: TaskOptions are the first argument of submit, map and map_as_completed; map_reduce, map_scan and "
        "on_each_worker take none: use submit or map, and combine what they give");
    return has_no_options;
}

}  // namespace detail

}  // namespace scoop
