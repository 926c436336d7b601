// HostWorkers: all workers of this host. One thread.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/poll_set.hpp"
#include "base/worker_bindings.hpp"
#include "node/worker_process.hpp"
#include "protocol/control.hpp"

namespace scoop::node {

class HostWorkers {
public:
    /// Starts one worker after the other; at the first Failure the earlier ones are running.
    [[nodiscard]] base::Result<void> start(const control::JobDescription& job, const std::string& broker_endpoint,
                                           WorkerListener& listener);

    /// Starts another process for a rank whose worker has ended and was reported.
    [[nodiscard]] base::Result<void> replace(const control::JobDescription& job, WorkerName name,
                                             const std::string& broker_endpoint, WorkerListener& listener);

    [[nodiscard]] const base::WorkerBindings& bindings() const { return bindings_; }

    /// Ranks and pids of those that have not ended.
    [[nodiscard]] std::vector<std::pair<base::Rank, pid_t>> running() const;

    void watch(base::PollSet& poll_set);
    /// Null if there is no such worker here.
    [[nodiscard]] WorkerProcess* find(base::Rank rank);
    [[nodiscard]] WorkerProcess* root() { return find(0); }
    /// The worker that was this process and has now ended; null if it was none (an orphan of a worker).
    [[nodiscard]] WorkerProcess* on_exit(pid_t pid, int wait_status, base::TimePoint now);
    /// Every worker's exit comes out once, when its output has been passed on.
    [[nodiscard]] std::vector<control::WorkerExit> take_exits(base::TimePoint now);
    [[nodiscard]] std::optional<base::TimePoint> exit_due() const;

    /// To the root if it is here, else to all workers.
    void signal(int number);
    void tell_end();
    void discard_output();
    [[nodiscard]] bool has_running() const;
    [[nodiscard]] bool has_unreported() const;

private:
    base::WorkerBindings bindings_;
    std::vector<std::unique_ptr<WorkerProcess>> workers_;
};

}  // namespace scoop::node
