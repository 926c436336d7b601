// JobLoop: performs what JobCore decides. One poll loop over signals, hosts, broker, output and input; the main
// thread's.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/poll_set.hpp"
#include "launcher/call_desk.hpp"
#include "launcher/host_link.hpp"
#include "launcher/input.hpp"
#include "launcher/job_core.hpp"
#include "launcher/job_server.hpp"
#include "launcher/job_setup.hpp"
#include "launcher/login_window.hpp"
#include "launcher/notices.hpp"
#include "launcher/output.hpp"
#include "launcher/root_broker.hpp"
#include "launcher/signals.hpp"
#include "launcher/stage_store.hpp"
#include "protocol/node_usage.hpp"
#include "transport/relay.hpp"

namespace scoop::launcher {

class JobLoop final : private LinkListener {
public:
    JobLoop(JobSetup setup, SignalFd& signals);

    /// Runs the job; returns the exit status of scoop-run. Nothing of the job is left when it returns.
    [[nodiscard]] int run();

private:
    /// What the root broker and the nodes are asked for --status.
    struct StatusRound {
        bool awaits_broker = false;
        std::set<base::HostIndex> awaited = {};
        base::TimePoint deadline;
        std::optional<broker::CoreStatus> tasks = {};
        std::map<base::HostIndex, control::NodeUsage> usage = {};
    };

    void begin_session(const HostSetup& host);
    [[nodiscard]] std::optional<Restart> restart_of(const HostSetup& host);
    void print_report();
    void turn();
    void wait(base::TimePoint now);
    void watch_everything(base::PollSet& poll_set);
    /// Until all output is written, nobody reads it any more, or a signal says that somebody has waited long enough.
    void drain_output();
    /// While nothing but output is left to be written.
    [[nodiscard]] bool is_end_asked_for();

    void tell_core(JobEvent event);
    void perform(const action::StartBroker& start);
    void perform(const action::Describe& describe);
    void perform(const action::Send& send);
    void perform(const action::CloseHost& close);
    void perform(const action::KillHost& kill);
    void perform(const action::TellBroker& tell);
    void perform(const action::ReachHosts& reach);
    void perform(const action::TakeIn& take);
    void perform(const action::DrainHost& drain);
    void perform(const action::Answer& answer);
    void perform(const action::Say& say);
    void perform(const action::Report& report);
    void perform(const action::StartInput&);
    void perform(const action::StopProcess&);
    void perform(const action::Finish& finish);

    void on_message(std::size_t link, const control::Message& message) override;
    void on_host_errors(std::size_t link, std::string_view bytes) override;
    void on_staging(std::size_t link) override;
    void on_stage_problem(std::size_t link, const StartProblem& problem) override;
    void on_staged(std::size_t link, const std::string& what) override;
    void on_closed(std::size_t link) override;
    void on_violation(std::size_t link, const base::Failure& failure) override;
    void on_gone(std::size_t link) override;

    [[nodiscard]] base::Result<void> handle(base::HostIndex host, const control::Message& message);
    [[nodiscard]] base::Result<void> on_output(base::HostIndex host, const base::Result<control::OutputChunk>& chunk);
    [[nodiscard]] bool has_rank(base::HostIndex host, base::Rank rank) const;
    void on_output_progress();
    void say_output_error(const WriteError& error);
    void on_input();
    void take_broker_events();
    void on_stranger(const std::string& address);
    // In job_loop_requests.cpp.
    void open_server();
    void serve_requests();
    // In job_loop_join.cpp.
    void on_join_request(JobServer::ClientId client, const JobRequest& request);
    [[nodiscard]] std::optional<std::string> find_strange_tag(const std::vector<JoiningSetup>& joining) const;
    [[nodiscard]] std::optional<base::HostIndex> find_same(const HostSetup& host) const;
    [[nodiscard]] RanksOfHosts ranks_told_to(base::HostIndex host) const;
    [[nodiscard]] JobStatus status() const;
    void begin_status_round();
    void go_on_with_status_round();
    void on_tasks(const broker::CoreStatus& tasks);
    void on_usage(base::HostIndex host, control::NodeUsage&& usage);
    void answer_status(const StatusRound& round);
    [[nodiscard]] StartEvidence evidence_of(base::HostIndex host) const;
    void say(Level level, std::string lines);
    [[nodiscard]] transport::Relay& relay_of(base::HostIndex host);
    /// The input and the output of the root are those of our terminal.
    [[nodiscard]] bool is_root_here() const { return setup_.hosts[root_host_].is_local && !setup_.is_check; }

    JobSetup setup_;
    SignalFd& signals_;
    std::string job_id_;
    std::string since_;         ///< when this began, in local time
    base::TimePoint awake_by_;  ///< when the last sleep should have ended
    Output output_;
    Input input_;
    RootBroker root_broker_;
    JobServer server_;
    std::vector<JobServer::ClientId> status_askers_;
    std::optional<StatusRound> status_round_;                        ///< while they wait
    std::map<JobServer::ClientId, std::vector<HostSetup>> joining_;  ///< until the core has decided
    std::map<base::HostIndex, transport::Relay> relays_;             ///< of hosts that cannot connect to it
    RanksOfHosts ranks_;
    const std::size_t hosts_at_start_;
    base::HostIndex root_host_ = 0;
    StageStore stage_store_;
    LibraryFinder libraries_;
    StartTimes times_;
    LoginWindow logins_;
    Notices notices_;
    CallDesk calls_;
    std::vector<std::unique_ptr<HostLink>> links_;  ///< by host
    JobCore core_;
    std::deque<JobEvent> events_;  ///< for the core, while it is being told another one
    bool is_telling_ = false;
    bool is_running_ = false;  ///< the program has begun
    bool is_output_broken_ = false;
    bool has_told_of_stranger_ = false;
    std::string report_;                          ///< for stdout
    std::optional<int> status_;                   ///< the job is over
    std::optional<base::Duration> output_limit_;  ///< for the reader of the output, when all else is over
};

}  // namespace scoop::launcher
