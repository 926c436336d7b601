// JobCore: the life of a job as the launcher decides it. Events in, actions out; no I/O, no clock of its own. One
// thread.
//
// | phase     | what is awaited                     | then                                                          |
// |-----------|-------------------------------------|---------------------------------------------------------------|
// | greeting  | a hello or a failure of every host  | all good: place the ranks, start the root broker, describe    |
// | preparing | ready or a failure of every host    | all good: start, running                                      |
// | running   | the root's exit                     | ending, with the root's status                                |
// | ending    | the end of every host's session     | over                                                          |
// | over      | –                                   | –                                                             |
//
// A failure in greeting or preparing ends the job with the table of all failures, once every host has had its chance.
// With OnHostFailure::go_on the job leaves out the hosts that have failed: those of greeting are not there when ranks
// are placed; what fails later is missing like a host that was lost, unless it was to run the root. A check leaves them
// out too, gives the others no workers, and reports in the place of running.
// In running the loss of a host is told to the broker, the loss of the root's host ends the job.
//
// A host that is asked to leave is drained by the broker first. When it is, or its time is over, its ranks are declared
// down and its node is told to end; nothing of that is a loss any more.
//
// A host that joins goes through the same states while the job runs, by itself and with a deadline of its own: greeted,
// it gets ranks that nobody has had and the root broker takes it in; described and ready, it is a host like the others.
// What fails before that is told to who asked, and to nobody else.
//
// | signal           | what it does                                                                                |
// |------------------|---------------------------------------------------------------------------------------------|
// | SIGINT, SIGTERM, | the first goes to the root, which has stop_grace to end; the second one kills the job, the  |
// | SIGHUP           | third one leaves. A terminal that closes may send SIGHUP twice: it is only ever a first one |
// | SIGUSR1, SIGUSR2 | go to the root; so do SIGXCPU and SIGURG                                                    |
// | SIGTSTP          | the nodes stop their workers, then this process stops; nobody judges anybody's silence      |
// | SIGCONT          | the nodes continue their workers                                                            |
//
// | session of a host | event               | greeting, preparing      | running                | ending |
// |-------------------|---------------------|--------------------------|------------------------|--------|
// | any               | Gone                | failed                   | lost                   | gone   |
// | any               | Closed              | Gone is awaited          | lost                   | –      |
// | starting          | Greeted             | greeted                  | –                      | –      |
// | described         | Ready               | ready                    | –                      | –      |
// | any               | Failed              | failed                   | lost                   | –      |
// | greeted or later  | silent for too long | failed                   | lost                   | closed |
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/failure.hpp"
#include "base/ids.hpp"
#include "launcher/job_request.hpp"
#include "launcher/job_status.hpp"
#include "launcher/level.hpp"
#include "launcher/start_problem.hpp"
#include "protocol/control.hpp"

namespace scoop::launcher {

/// A host that is to join.
struct NewHost {
    std::string name;
    bool is_local = false;                   ///< this machine
    std::optional<std::uint32_t> slots;      ///< none: as many as its node tells CPUs
    std::uint32_t workers_max = 0;           ///< whatever its slots
    std::optional<base::HostIndex> same_as;  ///< the last that was this host before
};

/// When a host cannot take part. A host that is lost later is something else.
enum class OnHostFailure { end_job, go_on };

using RanksOfHosts = std::vector<std::vector<base::Rank>>;

struct JobCoreConfig {
    std::vector<std::string> hosts;  ///< names
    /// Ranks for the hosts whose programs may use so many CPUs; 0: the host takes no part.
    std::function<base::Result<RanksOfHosts>(const std::vector<std::uint32_t>& cpus)> place;
    /// What is known about a host that has not become a node in time.
    std::function<StartProblem(base::HostIndex)> explain_lateness;
    base::Duration start_timeout = std::chrono::seconds(30);
    OnHostFailure on_host_failure = OnHostFailure::end_job;
    bool is_check = false;                  ///< only looks at the hosts
    std::optional<base::Duration> timeout;  ///< for the whole job
    base::Duration stop_grace = std::chrono::seconds(5);
    bool root_works = true;
    base::Duration silence_max = std::chrono::seconds(15);
    base::Duration heartbeat_interval = std::chrono::seconds(1);
    std::optional<base::HostIndex> local_host;  ///< this machine, if it is one of them
};

// clang-format off
namespace event {
struct Greeted { base::HostIndex host; control::NodeHello hello; base::Duration clock_ahead = {}; };
struct Failed { base::HostIndex host; StartProblem problem; };  ///< the node says that it cannot do its part
struct Ready { base::HostIndex host; control::NodeReady node = {}; };
struct Exited { control::WorkerExit exit; };
struct Ended { base::HostIndex host; };   ///< the node says that no process is left
struct Closed { base::HostIndex host; };  ///< its control channel has ended, the session not yet
/// The session is over; `problem` says why, for a host that has not started, and `reason` for one that had.
struct Gone { base::HostIndex host; StartProblem problem; std::string reason; };
struct Heard { base::HostIndex host; };  ///< any sign of life
struct Staging {};  ///< some host takes files, which may be large
struct BrokerStarted {};
struct BrokerFailed { std::string sentence; };
struct Signal { int number; };
struct OutputBroken {};  ///< nobody reads our stdout or stderr any more
struct LeaveAsked { std::uint64_t client; std::vector<std::string> hosts; base::Duration limit; };  ///< zero: none
struct JoinAsked { std::uint64_t client; std::vector<NewHost> hosts; };
/// In answer to TakeIn: the root broker knows the host, or why it does not.
struct TakenIn { base::HostIndex host; std::optional<StartProblem> problem = std::nullopt; };
struct Drained { base::HostIndex host; };  ///< nothing would be lost with it
struct TimePassed {};
struct StoodStill { base::Duration pause; };  ///< this process did not run for so long
}  // namespace event
using JobEvent = std::variant<event::Greeted, event::Failed, event::Ready, event::Exited, event::Ended, event::Closed,
                              event::Gone, event::Heard, event::Staging, event::BrokerStarted, event::BrokerFailed,
                              event::Signal, event::OutputBroken, event::LeaveAsked, event::JoinAsked, event::TakenIn,
                              event::Drained, event::TimePassed, event::StoodStill>;

namespace action {
struct StartBroker { RanksOfHosts ranks; };  ///< answered by BrokerStarted or BrokerFailed
struct Describe { base::HostIndex host; base::Duration time_left; };  ///< send the job description
struct Send { base::HostIndex host; control::FrameType type; std::string payload; };
struct CloseHost { base::HostIndex host; };  ///< close the channel; Gone follows
struct KillHost { base::HostIndex host; };   ///< wait for it no longer; Gone follows
struct TellBroker { base::HostIndex host; std::string reason; bool is_lost; };  ///< the host is gone; not lost: let go
/// The hosts that `client` wants to join get the next numbers; their sessions begin.
struct ReachHosts { std::uint64_t client; };
struct TakeIn { base::HostIndex host; std::vector<base::Rank> ranks; };  ///< tell the root broker; answered by TakenIn
struct DrainHost { base::HostIndex host; };  ///< Drained follows, unless the host goes before
struct Answer { std::uint64_t client; JobAnswer answer; };  ///< to who asked hosts to join or leave, once
struct Say { Level level; std::string lines; };  ///< for stderr, each ended
struct Report { std::string text; };  ///< for stdout
struct StartInput {};  ///< the root may read our stdin from now on
struct StopProcess {};  ///< as SIGTSTP does; SIGCONT is told as an event
/// The last action of all. `output_limit`: how long whoever reads the output is waited for; none: as long as it takes.
struct Finish { int status; std::optional<base::Duration> output_limit; };
}  // namespace action
using JobAction = std::variant<action::StartBroker, action::Describe, action::Send, action::CloseHost, action::KillHost,
                               action::TellBroker, action::ReachHosts, action::TakeIn, action::DrainHost, action::Answer, action::Say, action::Report, action::StartInput, action::StopProcess, action::Finish>;
// clang-format on

class JobCore {
public:
    JobCore(JobCoreConfig config, base::TimePoint now);

    [[nodiscard]] std::vector<JobAction> handle(const JobEvent& event, base::TimePoint now);
    /// When TimePassed must be handled at the latest.
    [[nodiscard]] base::TimePoint next_deadline() const;
    /// As far as the core knows: its phase, its age and its hosts.
    [[nodiscard]] JobStatus status(base::TimePoint now) const;

private:
    enum class Phase { greeting, preparing, running, ending, over };
    enum class State { starting, greeted, described, ready, lost, gone };
    enum class Leaving { no, draining, left };
    struct Host {
        State state = State::starting;
        control::NodeHello hello;
        std::optional<StartProblem> problem;
        base::Duration clock_ahead{};             ///< of ours, as its hello told
        bool had_to_relay = false;                ///< none of our addresses answered it
        std::string binding_problem;              ///< why its workers are not bound to CPUs, though it was asked for
        bool is_member = true;                    ///< false: the placement gave it no worker, or it was left out
        bool is_lost = false;                     ///< in the middle of the job
        NewHost wish;                             ///< of one that has joined, or is to
        std::optional<base::TimePoint> joins_by;  ///< of one that is joining
        Leaving leaving = Leaving::no;
        std::optional<base::TimePoint> drained_by;  ///< of one that is draining; none: when it is
        std::uint64_t died = 0;                     ///< of its workers, those that were replaced too
        base::TimePoint heard_at;
        std::optional<base::TimePoint> close_at;  ///< of a host that should have ended by itself
        std::optional<base::TimePoint> kill_at;   ///< of a host that was closed
        std::optional<base::TimePoint> leave_at;  ///< of a host that was killed: when nobody waits for it any more
    };

    void on(const event::Greeted& greeted);
    void on(const event::Failed& failed);
    void on(const event::Ready& ready);
    void on(const event::Exited& exited);
    void on(const event::Ended& ended);
    void on(const event::Closed& closed);
    void on(const event::Gone& gone);
    void on(const event::Heard& heard);
    void on(const event::Staging&);
    void on(const event::BrokerStarted&);
    void on(const event::BrokerFailed& failed);
    void on(const event::Signal& signal);
    void on(const event::OutputBroken&);
    void on(const event::LeaveAsked& asked);
    void on(const event::JoinAsked& asked);
    void on(const event::TakenIn& taken);
    void on(const event::Drained& drained);
    void on(const event::TimePassed&);
    void on(const event::StoodStill& still);

    void on_end_signal(int number);
    void pass_on(int number);
    void suspend();
    void resume();
    [[nodiscard]] std::string describe_running() const;
    [[nodiscard]] std::string describe_unanswered() const;

    void fail(base::HostIndex host, StartProblem problem);
    void lose(base::HostIndex host, const std::string& reason, base::Duration patience);
    // In job_core_leave.cpp.
    [[nodiscard]] std::optional<std::string> find_leaving(const std::vector<std::string>& names,
                                                          std::set<base::HostIndex>& found) const;
    [[nodiscard]] std::optional<base::HostIndex> find_host(const std::string& name) const;
    [[nodiscard]] bool is_root_alone_without(const std::set<base::HostIndex>& hosts) const;
    void let_go(base::HostIndex host, const std::string& how);
    /// Whoever waits for it to leave hears `sentence`.
    void tell_leavers(base::HostIndex host, const std::string& sentence);
    void answer_leavers();
    // In job_core_join.cpp.
    [[nodiscard]] std::optional<std::string> find_join_refusal(const std::vector<NewHost>& hosts) const;
    [[nodiscard]] bool is_joining(base::HostIndex host) const { return hosts_[host].joins_by.has_value(); }
    void take_in(base::HostIndex host);
    void end_join(base::HostIndex host);
    void fail_join(base::HostIndex host, StartProblem problem);
    /// Whoever waits for it hears that it is in, or why not.
    void tell_joiners(base::HostIndex host);
    void give_up_joins();
    void go_on_when_settled();
    void go_on_when_greeted();
    /// A member that cannot take part.
    [[nodiscard]] bool has_failed(base::HostIndex host) const { return hosts_[host].problem && hosts_[host].is_member; }
    [[nodiscard]] bool has_failures() const;
    /// False: the job cannot do without those that have failed.
    [[nodiscard]] bool leave_out_failed();
    [[nodiscard]] bool can_leave_out_failed() const;
    void dismiss(base::HostIndex host);
    void check_greeting();
    void report_problems();
    void report_check();
    void describe_placement();
    void describe_route(base::HostIndex host, const control::NodeReady& ready);
    void describe_tunnels();
    void describe_bindings();
    /// "a, b and 3 more hosts": the members for which this holds; empty: none.
    [[nodiscard]] std::string names_of_members(const std::function<bool(const Host&)>& is_meant) const;
    void begin_ending(int status);
    void end_quickly();
    /// Gone is expected within `patience`, then the session is killed.
    void close(base::HostIndex host, base::Duration patience);
    void check_silence();
    void check_deadlines();
    void finish_when_over();

    [[nodiscard]] bool is_alive(const Host& host) const { return host.state != State::gone; }
    [[nodiscard]] bool talks(const Host& host) const;
    [[nodiscard]] base::Duration end_patience() const;
    /// From when on a host has been silent for too long.
    [[nodiscard]] std::optional<base::TimePoint> silent_at(base::HostIndex host) const;
    /// Its ranks whose processes have not ended.
    [[nodiscard]] std::vector<base::Rank> live_ranks(base::HostIndex host) const;
    [[nodiscard]] std::string state_of(const Host& host) const;
    [[nodiscard]] const std::string& name_of(base::HostIndex host) const { return config_.hosts[host]; }
    void send(base::HostIndex host, control::FrameType type, std::string payload = {});
    void say(Level level, const std::string& sentence);

    JobCoreConfig config_;
    Phase phase_ = Phase::greeting;
    std::vector<Host> hosts_;
    RanksOfHosts ranks_;
    base::HostIndex root_host_ = 0;
    bool has_left_out_ = false;
    std::set<base::Rank> ended_ranks_;
    struct Leave {
        std::uint64_t client = 0;
        std::set<base::HostIndex> waits_for;
        std::string text;  ///< what came of the others
    };
    std::vector<Leave> leaves_;
    struct Join {
        std::uint64_t client = 0;
        std::size_t hosts = 0;
        std::set<base::HostIndex> waits_for;
        std::string text;  ///< what came of those that are in
        std::vector<HostProblem> problems;
    };
    std::vector<Join> joins_;
    const base::TimePoint started_at_;
    base::TimePoint now_;
    base::TimePoint start_deadline_;
    std::optional<base::TimePoint> job_deadline_;
    std::optional<base::TimePoint> signal_deadline_;  ///< by when the root must have ended after a signal
    base::TimePoint heartbeat_at_;
    int signals_ = 0;                         ///< how many have come that ask for the end
    int signal_status_ = 0;                   ///< for the first of them
    bool is_suspended_ = false;               ///< from SIGTSTP to SIGCONT
    std::optional<base::TimePoint> stop_at_;  ///< when this process stops, the nodes having been told
    int status_ = 0;                          ///< from ending on
    std::vector<JobAction> actions_;
};

}  // namespace scoop::launcher
