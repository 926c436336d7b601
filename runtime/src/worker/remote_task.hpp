// RemoteTask: a task of another worker that runs here; its arguments stay bytes until it starts, so it can be handed
// on.
#pragma once

#include <cstdint>
#include <vector>

#include "protocol/messages.hpp"
#include "scoop/detail/block.hpp"

namespace scoop::worker {

/// Where finished tasks of other workers go. Called on the compute thread, the last one on the alarms' thread.
struct ResultSink {
    virtual ~ResultSink() = default;
    virtual void on_remote_started(std::uint64_t function) = 0;
    virtual void on_remote_finished(protocol::ResultItem result, std::uint64_t function, std::uint64_t nanoseconds) = 0;
    virtual void on_remote_part(protocol::ResultItem part) = 0;
    /// Its time was up. It may still run, and end once more. Tasks of these export numbers were cancelled with it.
    virtual void on_remote_ended_early(protocol::ResultItem result,
                                       const std::vector<std::uint64_t>& export_numbers) = 0;
};

/// A block for the task, pending, without a future. `sink` outlives it.
[[nodiscard]] detail::TaskRef make_remote_task(protocol::TaskItem item, ResultSink& sink);
/// The item behind a block made by make_remote_task, or null for a task of our own.
[[nodiscard]] protocol::TaskItem* remote_item(detail::Block& block);

}  // namespace scoop::worker
