// The identifiers of a job, each its own type. Plain values; any thread.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace scoop::base {

/// A worker's number in the job, 0 to n-1; the root is 0.
using Rank = std::uint32_t;
/// A host's position in the job, in the order of the hostfile; the root's host is 0.
using HostIndex = std::uint32_t;

/// Names one exported task for the length of the job. `counter` is chosen by the owner and never used again by the same
/// incarnation of a rank: a respawned rank counts under a new incarnation.
struct TaskId {
    Rank owner = 0;
    std::uint32_t incarnation = 0;
    std::uint64_t counter = 0;
    friend auto operator<=>(const TaskId&, const TaskId&) = default;
};

struct TaskIdHash {
    std::size_t operator()(const TaskId& id) const noexcept {
        std::uint64_t x = id.counter + 0x9e3779b97f4a7c15ULL * (id.owner + (std::uint64_t{id.incarnation} << 32) + 1);
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
        return static_cast<std::size_t>(x ^ (x >> 31));
    }
};

}  // namespace scoop::base
