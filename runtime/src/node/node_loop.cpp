#include "node/node_loop.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <utility>

#include "base/job_directory.hpp"
#include "base/private_memory.hpp"
#include "base/process_tree.hpp"
#include "base/program_info.hpp"
#include "base/usable_cpus.hpp"
#include "node/host_usage.hpp"
#include "node/process_setup.hpp"
#include "protocol/version.hpp"

namespace scoop::node {

namespace {

using control::FrameType;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds connect_timeout_max{10};
// Where there is another way: time for a connection request to be repeated twice (after 1 s and 3 s).
constexpr seconds connect_timeout_tunnel{5};
// From the closed control socket to SIGTERM: what a worker of ours needs to end by itself.
constexpr milliseconds told_time{500};
// For processes that no worker of ours is waiting for.
constexpr seconds orphan_grace{1};
// When the launcher or the guardian was killed nobody is there to wait for a long grace.
constexpr seconds abandoned_grace{5};
constexpr int status_start_failed = 120;
constexpr int status_abandoned = 125;

}  // namespace

NodeLoop::NodeLoop(ControlChannel channel, NodeLifeline lifeline, base::UniqueFd signals,
                   std::vector<std::string> tasks, std::vector<std::string> wrapper_arguments)
    : channel_(std::move(channel)),
      lifeline_(std::move(lifeline)),
      signals_(std::move(signals)),
      tasks_(std::move(tasks)),
      wrapper_arguments_(std::move(wrapper_arguments)),
      liveness_(base::Clock::now(), base::to_duration(job_.heartbeat_seconds),
                base::to_duration(job_.silence_seconds)) {}

int NodeLoop::run() {
    greet();
    while (turn()) {
    }
    return exit_status_;
}

bool NodeLoop::turn() {
    const auto now = base::Clock::now();
    if (phase_ != Phase::probing) probe_.reset();  // not earlier: handlers of the last turn referred to it
    if (const auto pause = liveness_.on_turn(now); pause > base::Duration::zero()) on_pause(pause);
    take_broker_events();
    reap(now);
    report_exits(now);
    on_deadlines(now);
    if (phase_ == Phase::ending) continue_end(now);
    if (!channel_.flush()) lose_launcher({});
    if (phase_ == Phase::leaving && !channel_.has_unwritten()) return false;
    wait(base::Clock::now());
    return true;
}

void NodeLoop::on_pause(base::Duration pause) {
    if (probe_) probe_->on_pause(pause);
    if (start_deadline_) *start_deadline_ += pause;
    if (end_) end_->on_pause(pause);
    if (respawn_) respawn_->on_pause(pause);
}

void NodeLoop::on_deadlines(base::TimePoint now) {
    if (liveness_.is_silent(now)) lose_launcher("scoop-run has been silent for too long");
    if (liveness_.take_heartbeat(now)) channel_.send_heartbeat();
    if (phase_ == Phase::probing) {
        ready_.broker_endpoint = probe_->answered().value_or("");
        if (!ready_.broker_endpoint.empty())
            start_broker_and_workers(ready_.broker_endpoint);
        else if (!suspended_at_ && probe_->has_failed(now))
            on_probe_failed();
    }
    if (start_deadline_ && !suspended_at_ && now >= *start_deadline_) on_start_timeout();
    if (stop_at_ && now >= *stop_at_) stop_descendants();
    start_replacements(now);
}

void NodeLoop::wait(base::TimePoint now) {
    base::TimePoint wake_at = base::TimePoint::max();
    if (phase_ == Phase::probing && probe_->answered()) wake_at = now;
    if (phase_ == Phase::probing && !suspended_at_) wake_at = std::min(wake_at, probe_->give_up_at());
    if (start_deadline_ && !suspended_at_) wake_at = std::min(wake_at, *start_deadline_);
    if (stop_at_) wake_at = std::min(wake_at, *stop_at_);
    if (respawn_ && !suspended_at_) wake_at = std::min(wake_at, respawn_->next_due());
    if (const auto due = workers_.exit_due()) wake_at = std::min(wake_at, *due);
    if (phase_ == Phase::ending && (has_children_ || !workers_.has_unreported()))
        wake_at = std::min(wake_at, end_->next_turn(now));
    wake_at = liveness_.on_sleep(wake_at);
    watch_everything();
    poll_set_.wait(wake_at - now);
    poll_set_.clear();
}

void NodeLoop::watch_everything() {
    if (channel_.is_open()) {
        poll_set_.watch(channel_.read_fd(), POLLIN, [this] { on_channel_readable(); });
        // The turn flushes; here it only has to begin.
        if (channel_.has_unwritten()) poll_set_.watch(channel_.write_fd(), POLLOUT, [] {});
    }
    if (has_guardian_) poll_set_.watch(lifeline_.fd(), POLLIN, [this] { lose_guardian(); });
    poll_set_.watch(signals_.get(), POLLIN, [this] { on_own_signals(); });
    if (broker_) poll_set_.watch(broker_->event_fd(), POLLIN, [] {});  // every turn takes the events
    if (phase_ == Phase::probing) probe_->watch(poll_set_);
    if (relay_ && channel_.is_open()) relay_->watch(poll_set_);
    if (root_process_ && !is_launcher_lost_)
        poll_set_.watch(root_process_.get(), POLLIN, [this] { lose_launcher({}); });
    workers_.watch(poll_set_);
}

void NodeLoop::on_channel_readable() {
    if (!channel_.is_open()) return;
    if (!channel_.receive()) return lose_launcher({});
    liveness_.on_heard(base::Clock::now());
    while (channel_.is_open()) {
        const auto message = channel_.next();
        if (!message) return lose_launcher(message.error().sentence());
        if (!*message) return;
        if (auto done = on_message(**message); !done) return lose_launcher(done.error().sentence());
    }
}

base::Result<void> NodeLoop::on_message(const control::Message& message) {
    switch (message.type) {
        case FrameType::job: return on_job(message);
        case FrameType::start:
            if (auto* root = workers_.root()) root->send(FrameType::start);
            return {};
        case FrameType::input:
            if (auto* root = workers_.root()) return root->on_input(message.payload);
            return {};
        case FrameType::credit: {
            const auto credit = control::parse_credit(message.payload);
            if (!credit) return tl::unexpected(credit.error());
            if (auto* worker = workers_.find(credit->rank)) worker->on_credit(credit->stream, credit->bytes);
            return {};
        }
        case FrameType::signal: {
            const auto number = control::parse_signal(message.payload);
            if (!number) return tl::unexpected(number.error());
            on_signal_frame(*number);
            return {};
        }
        case FrameType::end: begin_end(base::to_duration(job_.stop_grace_seconds)); return {};
        case FrameType::heartbeat: return {};
        case FrameType::usage:
            channel_.send(FrameType::usage, control::to_payload(measure_usage(workers_.running())));
            return {};
        case FrameType::relay:
        case FrameType::relay_credit:
            if (relay_) return relay_->on_message(message);
            [[fallthrough]];
        default: return base::failure("read the control channel", "a frame came that only a node sends");
    }
}

base::Result<void> NodeLoop::on_job(const control::Message& message) {
    if (phase_ == Phase::ending || phase_ == Phase::leaving) return {};
    if (phase_ != Phase::waiting) return base::failure("read the control channel", "a second job was described");
    auto job = control::parse_job_description(message.payload);
    if (!job) return tl::unexpected(std::move(job.error()));
    job_ = std::move(*job);
    if (!job_.keys.secret_key.empty()) base::keep_memory_private();
    if (job_.root_process_id == 0) {
        // What a wrapper script put before the program's own arguments holds for every worker.
        job_.arguments.insert(job_.arguments.begin() + 1, wrapper_arguments_.begin(), wrapper_arguments_.end());
    } else if (auto watched = watch_root_process(); !watched || is_launcher_lost_) {
        return watched;
    }
    const auto now = base::Clock::now();
    liveness_.configure(now, base::to_duration(job_.heartbeat_seconds), base::to_duration(job_.silence_seconds));
    start_deadline_ = now + base::to_duration(job_.start_timeout_seconds);
    if (auto entered = enter_directories(); !entered)
        fail("wdir", entered.error());
    else
        find_broker();
    return {};
}

void NodeLoop::take_broker_events() {
    if (!broker_) return;
    for (auto& event : broker_->take_events()) {
        if (std::holds_alternative<broker::AllPeersConnected>(event)) has_all_peers_ = true;
        if (std::holds_alternative<broker::UpstreamConnected>(event)) has_upstream_ = true;
        if (auto* note = std::get_if<broker::BrokerNote>(&event)) channel_.send(FrameType::note, note->text);
        if (auto* refused = std::get_if<broker::UpstreamRefused>(&event))
            fail("broker", {"join the job at the root broker", refused->sentence, {}, false});
    }
    check_ready();
}

void NodeLoop::on_output(control::OutputChunk chunk) { channel_.send(FrameType::output, control::to_payload(chunk)); }

void NodeLoop::on_input_taken(base::Rank rank, std::uint32_t bytes) {
    channel_.send(FrameType::credit, control::to_payload(control::Credit{rank, 0, bytes}));
}

void NodeLoop::greet() {
    control::NodeHello hello;
    hello.protocol_version = protocol::version;
    hello.library_version = base::library_version;
    hello.build_id = base::build_id();
    hello.architecture = base::architecture();
    hello.host_name = base::host_name();
    hello.process_id = static_cast<std::uint32_t>(::getpid());
    hello.cpus = base::usable_cpus();
    hello.tasks = std::move(tasks_);
    const auto clock = std::chrono::system_clock::now().time_since_epoch();
    hello.clock_milliseconds =
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(clock).count());
    channel_.send_greeting(hello);
}

base::Result<void> NodeLoop::enter_directories() {
    if (!job_.working_directory.empty() && ::chdir(job_.working_directory.c_str()) != 0)
        return base::system_failure("enter the working directory " + job_.working_directory, errno,
                                    "it must exist on every host of the job");
    directory_ = job_.directory;
    if (!directory_.empty()) return {};
    auto made = base::make_job_directory();
    if (!made) return tl::unexpected(std::move(made.error()));
    directory_ = std::move(made->path);
    directory_lock_ = std::move(made->lock);
    lifeline_.tell_directory(directory_);
    return {};
}

base::Result<void> NodeLoop::watch_root_process() {
    // The channel of a root that was killed stays open while a child holds it that the program has forked.
    root_process_.reset(static_cast<int>(::syscall(SYS_pidfd_open, job_.root_process_id, 0)));
    if (!root_process_ && errno != ESRCH) return base::system_failure("watch the root");
    if (!root_process_) lose_launcher({});
    return {};
}

void NodeLoop::find_broker() {
    const auto& offered = job_.broker_endpoints;
    if (offered.empty() && job_.tunnel != control::Tunnel::always) return start_broker_and_workers({});
    for (const auto& endpoint : offered)
        if (endpoint.starts_with("ipc://")) return start_broker_and_workers(endpoint);
    if (job_.tunnel == control::Tunnel::always) return start_relayed();
    const char* ssh_connection = std::getenv("SSH_CONNECTION");
    const auto timeout =
        std::min<base::Duration>(job_.tunnel == control::Tunnel::never ? connect_timeout_max : connect_timeout_tunnel,
                                 base::to_duration(job_.start_timeout_seconds / 2));
    probe_.emplace(probe_candidates(offered, ssh_connection == nullptr ? "" : ssh_connection),
                   base::Clock::now() + timeout);
    phase_ = Phase::probing;
}

void NodeLoop::on_probe_failed() {
    const base::Failure failure = probe_->failure();
    if (job_.tunnel == control::Tunnel::never) return fail("call-back", failure);
    ready_.reason = failure.reason;
    start_relayed();
}

void NodeLoop::start_relayed() {
    auto relay = BrokerRelay::open(directory_,
                                   [this](FrameType type, std::string_view payload) { channel_.send(type, payload); });
    if (!relay) return fail("broker", relay.error());
    relay_.emplace(std::move(*relay));
    ready_.is_relayed = true;
    start_broker_and_workers(relay_->endpoint());
}

void NodeLoop::check_ready() {
    if (phase_ != Phase::starting || !has_all_peers_ || !has_upstream_) return;
    phase_ = Phase::running;
    start_deadline_.reset();
    channel_.send(FrameType::ready, control::to_payload(ready_));
}

void NodeLoop::on_start_timeout() {
    const std::string in_time = " within " + std::to_string(std::lround(job_.start_timeout_seconds)) + " s";
    if (phase_ == Phase::probing) return fail("call-back", probe_->failure());
    if (!has_upstream_) return fail("broker", {"join the job at the root broker", "no answer" + in_time, {}, true});
    fail("worker", {"start the workers", "not all of them called scoop::run" + in_time,
                    "call it early in main, before anything that takes long", false});
}

void NodeLoop::fail(std::string step, const base::Failure& plain) {
    if (phase_ == Phase::ending || phase_ == Phase::leaving) return;
    const base::Failure failure = with_shortage(plain);
    exit_status_ = status_start_failed;
    control::StartFailure report;
    report.step = std::move(step);
    report.sentence = base::Failure{failure.attempt, failure.reason, {}, false}.sentence();
    report.advice = failure.advice;
    channel_.send(FrameType::failed, control::to_payload(report));
    begin_end(base::to_duration(job_.stop_grace_seconds));
}

void NodeLoop::begin_end(base::Duration grace) {
    if (suspended_at_) resume();  // nothing that is stopped can end in its own way
    const auto term_at = base::Clock::now() + told_time;
    if (end_) return end_->hurry(term_at, term_at + grace);
    phase_ = Phase::ending;
    start_deadline_.reset();
    respawn_.reset();
    workers_.tell_end();
    end_.emplace(term_at, term_at + grace);
}

void NodeLoop::lose_guardian() {
    has_guardian_ = false;
    // Said before any worker ends of it, so that the launcher takes none of those ends for the program's own.
    fail("node", {{}, "its guardian process was killed", "was there too little memory?", false});
    exit_status_ = status_abandoned;
    begin_end(abandoned_grace);
}

void NodeLoop::lose_launcher(const std::string& why) {
    if (is_launcher_lost_) return;
    is_launcher_lost_ = true;
    exit_status_ = status_abandoned;
    if (!why.empty()) say_on_stderr(why);
    channel_.close();
    liveness_.stop_listening();
    workers_.discard_output();
    begin_end(std::min<base::Duration>(abandoned_grace, base::to_duration(job_.stop_grace_seconds)));
}

void NodeLoop::continue_end(base::TimePoint now) {
    if (!has_children_) {
        // What the pipes still hold is passed on, as fast as the launcher takes it.
        if (!workers_.has_unreported()) leave();
        return;
    }
    // Orphans have no control socket to be told by.
    if (!workers_.has_running()) end_->hurry(now, now + orphan_grace);
    if (end_->is_term_time(now)) signal_descendants(now);
}

void NodeLoop::signal_descendants(base::TimePoint now) {
    const auto descendants = base::descendants_of(::getpid(), base::read_process_table());
    std::vector<pid_t> pids;
    for (const auto& process : descendants) pids.push_back(process.pid);
    for (const auto& signal : end_->on_turn(now, pids)) ::kill(signal.pid, signal.number);
    if (!end_->has_given_up(now)) return;

    std::string names;
    for (const auto& process : descendants) names += " " + process.name + " (" + std::to_string(process.pid) + ")";
    channel_.send(FrameType::note, "these processes could not be killed:" + names);
    exit_status_ = status_abandoned;
    phase_ = Phase::leaving;
}

void NodeLoop::leave() {
    broker_.reset();
    // A directory the launcher gave is the launcher's, unless it has left it behind.
    if (!directory_.empty() && (job_.directory.empty() || is_launcher_lost_)) base::remove_job_directory(directory_);
    channel_.send(FrameType::ended);
    phase_ = Phase::leaving;
}

}  // namespace scoop::node
