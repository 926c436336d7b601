// WaitGraph: which tasks wait for which, in one process or in several put together; and the search for circles in it.
// Plain data that also travels (worker/circle_search); any thread.
//
// Every line in it says what was seen in one process while its compute thread had nothing to run, each at its own time.
// A circle in what was seen at different times is still a true one: the first of its waits to end would need the end of
// a task that runs on a strand which waits as well.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.hpp"

namespace scoop::worker {

/// A task in it: the id under which it was sent away, or, of one that never was, a number of its own process, or of the
/// call (worker/local_calls).
using TaskKey = base::TaskId;
/// In place of the incarnation in the key of a task that was never sent.
inline constexpr std::uint32_t never_sent = 0xffffffff;
/// The same for one that runs on a certain rank; the owner is who calls.
inline constexpr std::uint32_t called_there = 0xfffffffe;

struct NamedTask {
    TaskKey key;
    std::string name;
};

/// A strand of one process, for as long as that process has not run anything else.
struct StrandId {
    base::Rank rank = 0;
    std::uint64_t idle_period = 0;  ///< of its process
    std::uint64_t number = 0;       ///< in its process
    friend auto operator<=>(const StrandId&, const StrandId&) = default;
};

/// One that waits without a limit.
struct WaitingStrand {
    StrandId id;
    std::vector<NamedTask> runs;     ///< what ends no earlier than the wait; innermost first
    std::vector<NamedTask> awaited;  ///< each of them would end the wait
    bool can_give_up = true;         ///< otherwise another one is to be told
};
/// A task that is not queued before all of its gates are done (dataflow).
struct GatedTask {
    NamedTask task;
    std::vector<NamedTask> gates;
};
/// A task that answers in parts, which come from other tasks as well: waits for it may end when one of those goes on.
struct AnsweredTask {
    NamedTask task;
    std::vector<NamedTask> by;
};
/// A task of which two copies are under way (TaskOptions::speculative): it ends as soon as one of them does.
struct CopiedTask {
    NamedTask task;
    std::vector<TaskKey> copies;
};
/// A task that another process was sent and has started, or will start before it has nothing to run.
struct SentTask {
    TaskKey key;
    base::Rank executor = 0;
};

struct WaitGraph {
    std::vector<WaitingStrand> strands{};
    std::vector<GatedTask> gated{};
    std::vector<AnsweredTask> answered{};
    std::vector<CopiedTask> copied{};
    std::vector<SentTask> sent{};
};

/// What the ends of these tasks depend on. No more than a bounded number of strands: then what is left out may end.
[[nodiscard]] WaitGraph part_behind(const WaitGraph& graph, const std::vector<TaskKey>& tasks);
/// Puts what another process has seen into `graph`.
void merge(WaitGraph& graph, WaitGraph&& other);

struct Circle {
    std::vector<StrandId>
        strands;        ///< the least that can give up first, then in the order in which they wait for each other
    std::string chain;  ///< "a waits for b waits for a", from the task that runs on the first
};

/// A strand is stuck if each task that would end its wait is; a task if it runs on a stuck strand and all that answer
/// for it are stuck, or if it is gated by a task that is stuck, or if both of its copies are. Any other task may end.
[[nodiscard]] std::optional<Circle> find_circle(const WaitGraph& graph);

}  // namespace scoop::worker
