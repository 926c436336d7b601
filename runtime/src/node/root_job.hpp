// RootJob: the launcher's part of a job whose root is its own launcher, in the root's process. The members are for the
// program's main thread.
#pragma once

#include "base/failure.hpp"
#include "base/unique_fd.hpp"
#include "protocol/control.hpp"

namespace scoop::node {

class RootJob {
public:
    RootJob() = default;
    virtual ~RootJob() = default;
    RootJob(const RootJob&) = delete;
    RootJob& operator=(const RootJob&) = delete;

    [[nodiscard]] virtual const control::WorkerConfig& root_config() const = 0;
    /// The channel that the Comm of rank 0 has with its node in other jobs. Once.
    [[nodiscard]] virtual base::UniqueFd take_root_channel() = 0;
    /// Waits until every worker, rank 0 included, is connected to its broker.
    [[nodiscard]] virtual base::Result<void> wait_ready() = 0;
    /// Ends the job.
    virtual void end() = 0;
};

}  // namespace scoop::node
