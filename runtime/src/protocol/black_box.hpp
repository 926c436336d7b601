// BlackBox: what a worker was doing when its process ended, in a page of memory that the node has mapped, too. So it is
// known whatever ended the process. The worker's compute thread writes; the node reads after the end.
//
// A worker executes one task at a time; others may be set aside while they wait. Of tasks of its own nobody outside
// knows: what is told is the task of another worker that was executed last, and whether its own code ran or another
// task.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "base/failure.hpp"
#include "base/ids.hpp"
#include "base/unique_fd.hpp"

namespace scoop::protocol {

enum class Blame : std::uint8_t {
    none = 0,    ///< it was waiting, or had not begun
    inside = 1,  ///< another task ran in the same process, as a rule one that it had submitted
    itself = 2,  ///< its own code ran
    host = 3,    ///< nobody knows: the whole host was lost
};

class BlackBox {
public:
    /// Of the worker: any task is started, goes on or has ended. `execution` is its place in memory, 0: none.
    void set_running(std::uint64_t execution) { running_.store(execution, std::memory_order_relaxed); }
    /// The one that runs is this task of another worker.
    void set_remote(const base::TaskId& id, std::uint64_t execution) {
        remote_.store(0, std::memory_order_relaxed);
        owner_.store(id.owner, std::memory_order_relaxed);
        incarnation_.store(id.incarnation, std::memory_order_relaxed);
        counter_.store(id.counter, std::memory_order_relaxed);
        remote_.store(execution, std::memory_order_relaxed);
    }
    void clear_remote() { remote_.store(0, std::memory_order_relaxed); }

    struct Blamed {
        base::TaskId id;
        Blame blame;
    };
    /// Of the node: what was executed; nothing if that was no task, or none that others know.
    [[nodiscard]] std::optional<Blamed> blamed() const {
        const auto running = running_.load(std::memory_order_relaxed);
        const auto remote = remote_.load(std::memory_order_relaxed);
        if (running == 0 || remote == 0) return std::nullopt;
        return Blamed{{owner_.load(std::memory_order_relaxed), incarnation_.load(std::memory_order_relaxed),
                       counter_.load(std::memory_order_relaxed)},
                      running == remote ? Blame::itself : Blame::inside};
    }

private:
    std::atomic<std::uint64_t> running_{0};
    std::atomic<std::uint64_t> remote_{0};
    std::atomic<std::uint32_t> owner_{0};
    std::atomic<std::uint32_t> incarnation_{0};
    std::atomic<std::uint64_t> counter_{0};
};

/// A BlackBox in memory that can be handed to a child as a descriptor.
[[nodiscard]] base::Result<base::UniqueFd> make_black_box();
/// Maps it; null if the descriptor is none. Stays mapped until unmap, or for the life of the process.
[[nodiscard]] BlackBox* map_black_box(int fd);
void unmap_black_box(BlackBox* box);

}  // namespace scoop::protocol
