// JobCore: what signals do to a job, and what is said of the job then.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <string>
#include <vector>

#include "launcher/exit_status.hpp"
#include "launcher/job_core.hpp"
#include "launcher/job_words.hpp"
#include "launcher/signals.hpp"

namespace scoop::launcher {

namespace {

using control::FrameType;
using namespace std::chrono_literals;

// After a second signal nothing gets more time than this.
constexpr auto hurry_time_max = 3s;
// What SSH connections, which live in this process, need to tell the nodes before it stops.
constexpr auto suspend_time = 500ms;
constexpr std::size_t hosts_told_max = 8;

// Items of a list, of which no more than a few lines can be read.
std::string joined(const std::vector<std::string>& items) {
    std::string text;
    for (std::size_t k = 0; k < std::min(items.size(), hosts_told_max); ++k) text += (k == 0 ? "" : ", ") + items[k];
    if (items.size() > hosts_told_max) text += " and " + std::to_string(items.size() - hosts_told_max) + " more hosts";
    return text;
}

}  // namespace

void JobCore::on(const event::Signal& signal) {
    if (signal.number == SIGTSTP) return suspend();
    if (signal.number == SIGCONT) return resume();
    if (is_end_signal(signal.number)) return on_end_signal(signal.number);
    pass_on(signal.number);
}

void JobCore::on_end_signal(int number) {
    if (number == SIGHUP && signals_ > 0) return;
    ++signals_;
    if (is_suspended_) resume();  // nothing that is stopped can end in its own way
    if (phase_ != Phase::ending && signals_ == 1) {
        signal_status_ = exit_by_signal(number);
        if (phase_ != Phase::running) {
            say(Level::note, signal_name(number) + " after " + seconds_text(now_ - started_at_) +
                                 ": the start is given up" + describe_unanswered());
            return begin_ending(signal_status_);
        }
        say(Level::note, signal_name(number) + ": the job is ending; it has " + seconds_text(config_.stop_grace) +
                             ", a second signal kills it at once, a third one leaves without waiting for that");
        say(Level::note, "after " + seconds_text(now_ - started_at_) + " there run " + describe_running());
        send(root_host_, FrameType::signal, control::signal_payload(number));
        signal_deadline_ = now_ + config_.stop_grace;
        return;
    }
    if (phase_ != Phase::ending) begin_ending(signal_status_);
    if (signals_ <= 2) {
        say(Level::note, signal_name(number) + ": the job is killed; there run " + describe_running());
        return end_quickly();
    }
    for (base::HostIndex host = 0; host < hosts_.size(); ++host)
        if (is_alive(hosts_[host])) actions_.emplace_back(action::KillHost{host});
    phase_ = Phase::over;
    actions_.emplace_back(action::Finish{status_, base::Duration::zero()});
}

void JobCore::end_quickly() {
    const auto soon = now_ + hurry_time_max;
    for (base::HostIndex host = 0; host < hosts_.size(); ++host) {
        Host& one = hosts_[host];
        // To a node that is ending it means every process of the job on its host.
        if (talks(one)) send(host, FrameType::signal, control::signal_payload(SIGKILL));
        if (one.close_at) one.close_at = std::min(*one.close_at, soon);
        if (one.kill_at) one.kill_at = std::min(*one.kill_at, soon);
    }
}

void JobCore::pass_on(int number) {
    if (phase_ == Phase::running)
        send(root_host_, FrameType::signal, control::signal_payload(number));
    else if (phase_ != Phase::ending)
        say(Level::note, signal_name(number) + " is not passed on: the program has not begun");
}

void JobCore::suspend() {
    if (is_suspended_) return;
    is_suspended_ = true;
    stop_at_ = now_ + suspend_time;
    say(Level::note, "the job is suspended until SIGCONT comes (fg, bg)");
    for (base::HostIndex host = 0; host < hosts_.size(); ++host)
        if (talks(hosts_[host])) send(host, FrameType::signal, control::signal_payload(SIGTSTP));
}

void JobCore::resume() {
    for (base::HostIndex host = 0; host < hosts_.size(); ++host) {
        hosts_[host].heard_at = now_;
        if (talks(hosts_[host])) send(host, FrameType::signal, control::signal_payload(SIGCONT));
    }
    if (!is_suspended_) return;
    is_suspended_ = false;
    stop_at_.reset();
    say(Level::note, "the job goes on");
}

std::string JobCore::describe_running() const {
    std::vector<std::string> items;
    for (base::HostIndex host = 0; host < hosts_.size() && host < ranks_.size(); ++host) {
        const std::vector<base::Rank> ranks = live_ranks(host);
        if (!ranks.empty()) items.push_back(ranks_text(ranks) + " on " + name_of(host));
    }
    return items.empty() ? "no workers" : joined(items);
}

std::string JobCore::describe_unanswered() const {
    std::vector<std::string> items;
    for (base::HostIndex host = 0; host < hosts_.size(); ++host)
        if (hosts_[host].state == State::starting && !hosts_[host].problem) items.push_back(name_of(host));
    return items.empty() ? "" : ", without an answer of " + joined(items);
}

}  // namespace scoop::launcher
