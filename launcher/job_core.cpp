#include "launcher/job_core.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <utility>

#include "base/wait_status.hpp"
#include "launcher/exit_status.hpp"
#include "launcher/job_words.hpp"

namespace scoop::launcher {

namespace {

using control::FrameType;
using namespace std::chrono_literals;

// Beyond its grace time a node needs a moment to kill what is left and to say so.
constexpr auto end_time_max = 4s;
// What never said that it is a node, or is silent, gets this much after its channel was closed.
constexpr auto stranger_time_max = 1s;
// What was killed and is still there after this long hangs in the kernel.
constexpr auto kill_time_max = 5s;
// After a second signal: for what we have just said ourselves.
constexpr auto last_words_time_max = 1s;

}  // namespace

JobCore::JobCore(JobCoreConfig config, base::TimePoint now)
    : config_(std::move(config)),
      hosts_(config_.hosts.size()),
      started_at_(now),
      now_(now),
      start_deadline_(now + config_.start_timeout),
      heartbeat_at_(now + config_.heartbeat_interval) {
    if (config_.timeout) job_deadline_ = now + *config_.timeout;
}

std::vector<JobAction> JobCore::handle(const JobEvent& event, base::TimePoint now) {
    now_ = now;
    if (phase_ == Phase::over) return {};
    std::visit([this](const auto& one) { on(one); }, event);
    finish_when_over();
    return std::exchange(actions_, {});
}

base::TimePoint JobCore::next_deadline() const {
    base::TimePoint earliest = base::TimePoint::max();
    if (phase_ == Phase::over) return earliest;
    const auto consider = [&](const std::optional<base::TimePoint>& time) {
        if (time) earliest = std::min(earliest, *time);
    };
    if (phase_ == Phase::greeting || phase_ == Phase::preparing) consider(start_deadline_);
    consider(stop_at_);
    if (phase_ != Phase::ending) {
        consider(job_deadline_);
        consider(signal_deadline_);
    }
    for (base::HostIndex index = 0; index < hosts_.size(); ++index) {
        const Host& host = hosts_[index];
        if (!is_alive(host)) continue;
        consider(host.close_at);
        consider(host.leave_at ? host.leave_at : host.kill_at);
        if (talks(host)) consider(heartbeat_at_);
        if (phase_ == Phase::running) consider(host.drained_by);
        if (phase_ == Phase::running) consider(host.joins_by);
        consider(silent_at(index));
    }
    return earliest;
}

// Running.

void JobCore::on(const event::Exited& exited) {
    const auto [rank, wait_status, is_replaced] = exited.exit;
    if (!is_replaced) ended_ranks_.insert(rank);
    if (phase_ != Phase::running) return;
    if (rank == 0) {
        if (WIFSIGNALED(wait_status) && signals_ == 0)
            say(Level::error, "the root " + base::describe_wait_status(wait_status));
        return begin_ending(exit_of_wait_status(wait_status));
    }
    std::string host_name;
    for (base::HostIndex host = 0; host < hosts_.size(); ++host) {
        if (std::find(ranks_[host].begin(), ranks_[host].end(), rank) == ranks_[host].end()) continue;
        if (hosts_[host].leaving == Leaving::left || is_joining(host) || !hosts_[host].is_member) return;
        host_name = name_of(host);
        ++hosts_[host].died;
    }
    say(Level::note, "rank " + std::to_string(rank) + " on " + host_name + " " +
                         base::describe_wait_status(wait_status) +
                         (is_replaced ? "; another takes its place" : "; the job goes on without it"));
}

void JobCore::on(const event::Ended& ended) {
    if (is_joining(ended.host))
        fail_join(ended.host, {"node", "its node ended by itself", ""});
    else if (phase_ == Phase::running)
        lose(ended.host, "its node ended by itself", end_patience());
    close(ended.host, end_patience());
}

void JobCore::on(const event::Closed& closed) {
    if (phase_ == Phase::running && !is_joining(closed.host))
        lose(closed.host, "its node closed the control channel", end_patience());
    // Before the start the end of the session explains it best, so that is awaited.
    close(closed.host, hosts_[closed.host].state == State::starting ? stranger_time_max : end_patience());
}

void JobCore::on(const event::Gone& gone) {
    Host& host = hosts_[gone.host];
    if (!is_alive(host)) return;
    if (phase_ == Phase::running && !is_joining(gone.host)) lose(gone.host, gone.reason, end_patience());
    host.state = State::gone;
    if (is_joining(gone.host)) return fail_join(gone.host, gone.problem);
    if (phase_ != Phase::greeting && phase_ != Phase::preparing) return;
    if (host.is_member) fail(gone.host, gone.problem);
    go_on_when_settled();
}

void JobCore::lose(base::HostIndex host, const std::string& reason, base::Duration patience) {
    if (hosts_[host].state == State::lost || hosts_[host].state == State::gone || !hosts_[host].is_member ||
        hosts_[host].leaving == Leaving::left)
        return;
    hosts_[host].died += live_ranks(host).size();
    hosts_[host].state = State::lost;
    hosts_[host].is_lost = true;
    const std::string sentence = "lost host " + name_of(host) + ": " + reason;
    close(host, patience);
    if (host == root_host_) {
        say(Level::error, sentence + "; it ran the root, so the job ends");
        return begin_ending(exit_root_host_lost);
    }
    say(Level::note, sentence + "; what it was doing is done again elsewhere");
    actions_.emplace_back(action::TellBroker{host, sentence, true});
    hosts_[host].drained_by.reset();
    tell_leavers(host, sentence);
}

void JobCore::on(const event::Heard& heard) { hosts_[heard.host].heard_at = now_; }

// As long as files go out nobody is late.
void JobCore::on(const event::Staging&) {
    const base::TimePoint later = now_ + config_.start_timeout;
    start_deadline_ = std::max(start_deadline_, later);
    for (Host& host : hosts_)
        if (host.joins_by) host.joins_by = std::max(*host.joins_by, later);
}

void JobCore::on(const event::OutputBroken&) {
    // As SIGPIPE ends a program behind `| head`: without a word.
    if (phase_ != Phase::ending) begin_ending(exit_by_signal(SIGPIPE));
}

// Ending.

void JobCore::begin_ending(int status) {
    phase_ = Phase::ending;
    status_ = status;
    answer_leavers();
    give_up_joins();
    for (base::HostIndex host = 0; host < hosts_.size(); ++host) {
        if (is_alive(hosts_[host])) dismiss(host);
    }
}

void JobCore::dismiss(base::HostIndex host) {
    if (talks(hosts_[host])) {
        send(host, FrameType::end);
        hosts_[host].close_at = now_ + end_patience();
    } else {
        close(host, hosts_[host].state == State::starting ? stranger_time_max : end_patience());
    }
}

void JobCore::close(base::HostIndex host, base::Duration patience) {
    if (!is_alive(hosts_[host]) || hosts_[host].kill_at) return;
    hosts_[host].close_at.reset();
    hosts_[host].kill_at = now_ + patience;
    actions_.emplace_back(action::CloseHost{host});
}

base::Duration JobCore::end_patience() const { return config_.stop_grace + end_time_max; }

void JobCore::finish_when_over() {
    if (phase_ != Phase::ending ||
        std::any_of(hosts_.begin(), hosts_.end(), [&](const Host& host) { return is_alive(host); }))
        return;
    phase_ = Phase::over;
    // A job that was told to end does not wait for a reader that has stopped reading.
    std::optional<base::Duration> output_limit;
    if (signals_ > 0 || status_ == exit_timeout) output_limit = signals_ > 1 ? last_words_time_max : config_.stop_grace;
    actions_.emplace_back(action::Finish{status_, output_limit});
}

// Time.

bool JobCore::talks(const Host& host) const {
    return !host.kill_at &&
           (host.state == State::greeted || host.state == State::described || host.state == State::ready);
}

std::optional<base::TimePoint> JobCore::silent_at(base::HostIndex host) const {
    // The kernel tells of the end of a node of this machine, however long somebody keeps it stopped.
    if (!talks(hosts_[host]) || is_suspended_ || host == config_.local_host) return std::nullopt;
    return hosts_[host].heard_at + config_.silence_max;
}

void JobCore::on(const event::TimePassed&) {
    if (stop_at_ && now_ >= *stop_at_) {
        stop_at_.reset();
        actions_.emplace_back(action::StopProcess{});
    }
    check_silence();
    check_deadlines();
    if (now_ >= heartbeat_at_) {
        heartbeat_at_ = now_ + config_.heartbeat_interval;
        for (base::HostIndex host = 0; host < hosts_.size(); ++host)
            if (talks(hosts_[host])) send(host, FrameType::heartbeat);
    }
}

void JobCore::check_silence() {
    for (base::HostIndex host = 0; host < hosts_.size(); ++host) {
        if (const auto silent = silent_at(host); !silent || now_ < *silent) continue;
        const std::string sentence = "no sign of life for " + seconds_text(config_.silence_max);
        if (is_joining(host)) {
            fail_join(host, {"node", sentence, "is the host still up?"});
        } else if (phase_ == Phase::running) {
            lose(host, sentence, stranger_time_max);
        } else if (phase_ != Phase::ending) {
            fail(host, {"node", sentence, "is the host still up?"});
            go_on_when_settled();
        }
        close(host, stranger_time_max);
    }
}

void JobCore::check_deadlines() {
    if ((phase_ == Phase::greeting || phase_ == Phase::preparing) && now_ >= start_deadline_) {
        const State wanted = phase_ == Phase::greeting ? State::greeted : State::ready;
        for (base::HostIndex host = 0; host < hosts_.size(); ++host) {
            if (hosts_[host].problem || hosts_[host].state == wanted || !hosts_[host].is_member) continue;
            fail(host, config_.explain_lateness(host));
        }
        go_on_when_settled();
    }
    if (phase_ != Phase::ending && job_deadline_ && now_ >= *job_deadline_) {
        say(Level::error, "the job has not ended within " + seconds_text(*config_.timeout) + " (--timeout)");
        begin_ending(exit_timeout);
    }
    for (base::HostIndex host = 0; host < hosts_.size() && phase_ == Phase::running; ++host)
        if (const auto by = hosts_[host].drained_by; by && now_ >= *by)
            let_go(host, "had no time left; what it was doing is done again elsewhere");
    for (base::HostIndex host = 0; host < hosts_.size() && phase_ == Phase::running; ++host)
        if (const auto by = hosts_[host].joins_by; by && now_ >= *by) fail_join(host, config_.explain_lateness(host));
    if (phase_ == Phase::running && signal_deadline_ && now_ >= *signal_deadline_) begin_ending(signal_status_);
    for (base::HostIndex host = 0; host < hosts_.size(); ++host) {
        Host& one = hosts_[host];
        if (one.close_at && now_ >= *one.close_at) close(host, stranger_time_max);
        if (!is_alive(one) || !one.kill_at || now_ < *one.kill_at) continue;
        if (!one.leave_at) {
            one.leave_at = now_ + kill_time_max;
            actions_.emplace_back(action::KillHost{host});
        } else if (now_ >= *one.leave_at) {
            say(Level::error, "what was started for " + name_of(host) + " cannot be killed and is left behind");
            on(event::Gone{host, {"kill", "it cannot be killed", ""}, "it cannot be killed"});
        }
    }
}

void JobCore::on(const event::StoodStill& still) {
    // Nobody else stood still, but what they said meanwhile has not been read yet.
    start_deadline_ += still.pause;
    if (signal_deadline_) *signal_deadline_ += still.pause;
    for (Host& host : hosts_) {
        host.heard_at += still.pause;
        if (host.drained_by) *host.drained_by += still.pause;
        if (host.joins_by) *host.joins_by += still.pause;
        if (host.close_at) *host.close_at += still.pause;
        if (host.kill_at) *host.kill_at += still.pause;
        if (host.leave_at) *host.leave_at += still.pause;
    }
}

void JobCore::send(base::HostIndex host, FrameType type, std::string payload) {
    actions_.emplace_back(action::Send{host, type, std::move(payload)});
}

void JobCore::say(Level level, const std::string& sentence) {
    actions_.emplace_back(action::Say{level, "scoop-run: " + printable(sentence) + "\n"});
}

}  // namespace scoop::launcher
