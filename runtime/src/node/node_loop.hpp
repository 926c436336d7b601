// NodeLoop: the node process of a host, one poll loop on its main thread. The host's broker runs on a thread of its
// own.
//
// | phase    | begins with                                | what it waits for                                       |
// |----------|--------------------------------------------|---------------------------------------------------------|
// | waiting  | `hello` has been sent                      | the frame `job`                                         |
// | probing  | `job`, with tcp:// addresses of the broker | the first address that answers; if none does, the       |
// |          |                                            | control channel carries the link to the root broker     |
// | starting | broker and workers have been started       | every worker and the root broker to be connected        |
// | running  | `ready` has been sent                      | the end                                                 |
// | ending   | `end`, a signal, a failure, or the loss of | every process below this one to end: told by their      |
// |          | the launcher or of the guardian            | control socket, then SIGTERM, then SIGKILL (EndCore)    |
// | leaving  | no process is left; `ended` is queued      | the launcher to have read it                            |
//
// Suspended, from a frame SIGTSTP to SIGCONT or to the end, everything below is stopped and neither side is to say
// anything: the launcher is stopped too.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/poll_set.hpp"
#include "base/unique_fd.hpp"
#include "broker/broker_thread.hpp"
#include "node/address_probe.hpp"
#include "node/broker_relay.hpp"
#include "node/control_channel.hpp"
#include "node/end_core.hpp"
#include "node/host_workers.hpp"
#include "node/lifeline.hpp"
#include "node/liveness.hpp"
#include "node/respawn_core.hpp"

namespace scoop::node {

class NodeLoop final : private WorkerListener {
public:
    /// `wrapper_arguments` are those the node itself was started with: only a wrapper script can have added them.
    NodeLoop(ControlChannel channel, NodeLifeline lifeline, base::UniqueFd signals, std::vector<std::string> tasks,
             std::vector<std::string> wrapper_arguments);

    /// Until nothing is left to do; returns the exit status of the process.
    [[nodiscard]] int run();

private:
    enum class Phase { waiting, probing, starting, running, ending, leaving };

    // One turn: what has happened, what is due, what to wait for.
    [[nodiscard]] bool turn();
    void on_pause(base::Duration pause);
    void on_deadlines(base::TimePoint now);
    void wait(base::TimePoint now);
    void watch_everything();

    // What others say.
    void on_channel_readable();
    [[nodiscard]] base::Result<void> on_message(const control::Message& message);
    [[nodiscard]] base::Result<void> on_job(const control::Message& message);
    void on_signal_frame(int number);
    void pass_on(int number);
    void suspend();
    void stop_descendants();
    void resume();
    void on_own_signals();
    void take_broker_events();
    void on_output(control::OutputChunk chunk) override;
    void on_input_taken(base::Rank rank, std::uint32_t bytes) override;

    // The start.
    void greet();
    [[nodiscard]] base::Result<void> enter_directories();
    [[nodiscard]] base::Result<void> watch_root_process();
    void find_broker();
    void on_probe_failed();
    void start_relayed();
    void start_broker_and_workers(const std::string& upstream);
    void check_ready();
    void on_start_timeout();
    void fail(std::string step, const base::Failure& failure);

    // Workers and the end.
    void reap(base::TimePoint now);
    void on_worker_exit(const WorkerProcess& worker, int wait_status, std::uint64_t peak_kib);
    void on_worker_gone(const WorkerProcess& worker, broker::Departure departure);
    void report_exits(base::TimePoint now);
    void start_replacements(base::TimePoint now);
    void begin_end(base::Duration grace);
    void lose_guardian();
    /// `why` is for the user to read; nothing to say about an ordinary end of the channel.
    void lose_launcher(const std::string& why);
    void continue_end(base::TimePoint now);
    void signal_descendants(base::TimePoint now);
    void leave();

    ControlChannel channel_;
    NodeLifeline lifeline_;
    base::UniqueFd signals_;
    std::vector<std::string> tasks_;
    std::vector<std::string> wrapper_arguments_;
    control::JobDescription job_;  ///< before `job` its default times hold
    Liveness liveness_;
    base::PollSet poll_set_;
    Phase phase_ = Phase::waiting;
    int exit_status_ = 0;

    std::string directory_;
    base::UniqueFd directory_lock_;  ///< unless the directory is the launcher's
    std::optional<AddressProbe> probe_;
    std::optional<BrokerRelay> relay_;
    control::NodeReady ready_;  ///< what is said of the way to the root broker
    std::optional<base::TimePoint> start_deadline_;
    std::unique_ptr<broker::BrokerThread> broker_;
    std::string broker_endpoint_;  ///< for the workers of this host
    bool has_all_peers_ = false;
    bool has_upstream_ = false;

    HostWorkers workers_;
    std::optional<RespawnCore> respawn_;  ///< while the job runs, if workers are replaced
    base::UniqueFd root_process_;         ///< of a root that has started this node, see JobDescription
    bool has_children_ = false;
    bool has_guardian_ = true;
    bool is_launcher_lost_ = false;
    base::TimePoint terminal_key_at_{};  ///< SIGINT, SIGQUIT or SIGTSTP came from the terminal
    std::optional<base::TimePoint> suspended_at_;
    std::optional<base::TimePoint> stop_at_;  ///< when what runs below is stopped, the root having been asked
    std::optional<EndCore> end_;
};

}  // namespace scoop::node
