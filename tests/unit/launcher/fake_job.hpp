// FakeJob: a JobCore whose actions are recorded as words, for the tests of the life of a job.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "launcher/exit_status.hpp"
#include "launcher/job_core.hpp"
#include "protocol/version.hpp"

namespace scoop::launcher::test {

using namespace std::chrono_literals;
using control::FrameType;

inline control::NodeHello hello(const std::string& task = "f()") {
    control::NodeHello one;
    one.protocol_version = protocol::version;
    one.build_id = "b";
    one.cpus = 2;
    one.tasks = {task};
    return one;
}

// A job on `hosts` hosts with two workers each. Records every action as a word, and fails when the test leaves one
// unread.
class FakeJob {
public:
    explicit FakeJob(std::size_t hosts, std::optional<base::Duration> timeout = std::nullopt,
                     std::optional<base::HostIndex> local_host = std::nullopt,
                     OnHostFailure on_host_failure = OnHostFailure::end_job, bool is_check = false)
        : core_(config(hosts, timeout, local_host, on_host_failure, is_check), now_) {}
    ~FakeJob() { CHECK(actions_.empty()); }

    void tell(const JobEvent& event) {
        for (const auto& action : core_.handle(event, now_)) record(action);
    }
    void pass(base::Duration time) {
        const auto until = now_ + time;
        while (core_.next_deadline() <= until) {
            now_ = std::max(now_, core_.next_deadline());
            tell(event::TimePassed{});
        }
        now_ = until;
        tell(event::TimePassed{});
    }
    void tell_all(auto make_event) {
        for (base::HostIndex host = 0; host < hosts_; ++host) tell(make_event(host));
    }
    // To the phase running.
    void start() {
        tell_all([](base::HostIndex host) { return event::Greeted{host, hello()}; });
        tell(event::BrokerStarted{});
        tell_all([](base::HostIndex host) { return event::Ready{host}; });
        CHECK(take("start 0"));
        actions_.clear();
    }
    // What has been asked for since the last call, heartbeats left out.
    std::vector<std::string> take() { return std::exchange(actions_, {}); }
    // Whether `word` is among it; takes it if so.
    bool take(const std::string& word) {
        const auto found = std::find(actions_.begin(), actions_.end(), word);
        if (found == actions_.end()) return false;
        actions_.erase(found);
        return true;
    }
    // All that was said since the last call.
    std::string said() { return std::exchange(said_, {}); }
    // And what only -v shows.
    std::string details() { return std::exchange(details_, {}); }
    /// What is for stdout.
    std::string report() const { return report_; }
    int heartbeats() { return std::exchange(heartbeats_, 0); }
    std::optional<int> status() const { return status_; }
    /// "host1 runs 2 3 died 1": what is told of a host to who asks.
    std::string shown(base::HostIndex host) const {
        const HostStatus one = core_.status(now_).hosts.at(host);
        std::string text = one.name + " " + one.state;
        for (const base::Rank rank : one.ranks) text += " " + std::to_string(rank);
        return text + (one.lost > 0 ? " died " + std::to_string(one.lost) : "");
    }
    std::string phase() const { return core_.status(now_).phase; }
    /// Of the last action: how long the reader of the output is waited for.
    std::optional<base::Duration> output_limit() const { return output_limit_; }

    std::size_t cpus_seen = 0;
    bool refuses_placement = false;
    bool leaves_last_host_out = false;

private:
    JobCoreConfig config(std::size_t hosts, std::optional<base::Duration> timeout,
                         std::optional<base::HostIndex> local_host, OnHostFailure on_host_failure, bool is_check) {
        hosts_ = hosts;
        JobCoreConfig config;
        config.on_host_failure = on_host_failure;
        config.is_check = is_check;
        config.local_host = local_host;
        for (std::size_t k = 0; k < hosts; ++k) config.hosts.push_back("host" + std::to_string(k));
        config.place = [this](const std::vector<std::uint32_t>& cpus) -> base::Result<RanksOfHosts> {
            cpus_seen = cpus.size();
            if (refuses_placement) return base::failure("place 9 workers", "only 2 slots");
            RanksOfHosts ranks;
            base::Rank next = 0;
            for (const std::uint32_t host_cpus : cpus) {
                ranks.emplace_back();
                if (host_cpus == 0) continue;
                ranks.back() = {next, next + 1};
                next += 2;
            }
            if (leaves_last_host_out) ranks.back().clear();
            return ranks;
        };
        config.explain_lateness = [](base::HostIndex) { return StartProblem{"auth", "no answer", ""}; };
        config.timeout = timeout;
        return config;
    }
    void record(const JobAction& action) {
        CHECK_FALSE(status_);
        std::visit([this](const auto& one) { record(one); }, action);
    }
    void add(const std::string& word, base::HostIndex host) { actions_.push_back(word + " " + std::to_string(host)); }
    void record(const action::StartBroker&) { actions_.push_back("broker"); }
    void record(const action::Describe& one) { add("describe", one.host); }
    void record(const action::Send& one) {
        if (one.type == FrameType::heartbeat) {
            ++heartbeats_;
        } else if (one.type == FrameType::signal) {
            actions_.push_back("signal" + std::to_string(control::parse_signal(one.payload).value()) + " " +
                               std::to_string(one.host));
        } else {
            CHECK((one.type == FrameType::start || one.type == FrameType::end));
            add(one.type == FrameType::start ? "start" : "end", one.host);
        }
    }
    void record(const action::CloseHost& one) { add("close", one.host); }
    void record(const action::KillHost& one) { add("kill", one.host); }
    void record(const action::TellBroker& one) { add("lost", one.host); }
    void record(const action::ReachHosts& one) { actions_.push_back("reach for " + std::to_string(one.client)); }
    void record(const action::TakeIn& one) {
        std::string word = "take in " + std::to_string(one.host) + ":";
        for (const base::Rank rank : one.ranks) word += " " + std::to_string(rank);
        actions_.push_back(word);
    }
    void record(const action::DrainHost& one) { add("drain", one.host); }
    void record(const action::Answer& one) {
        actions_.push_back("answer " + std::to_string(one.client) + ": " + std::to_string(one.answer.status) + " " +
                           one.answer.text);
    }
    void record(const action::Say& one) { (one.level == Level::detail ? details_ : said_) += one.lines; }
    void record(const action::Report& one) {
        CHECK(report_.empty());
        report_ = one.text;
    }
    void record(const action::StartInput&) { actions_.push_back("input"); }
    void record(const action::StopProcess&) { actions_.push_back("stop"); }
    void record(const action::Finish& one) {
        status_ = one.status;
        output_limit_ = one.output_limit;
    }

    base::TimePoint now_{1h};
    std::size_t hosts_ = 0;
    std::vector<std::string> actions_;
    std::string said_;
    std::string details_;
    std::string report_;
    int heartbeats_ = 0;
    std::optional<int> status_;
    std::optional<base::Duration> output_limit_;
    JobCore core_;
};

using Words = std::vector<std::string>;

inline event::Gone gone(base::HostIndex host, int exit_status = exit_start_failed) {
    return {host, {"connect", "no route", "check", exit_status}, "the connection broke"};
}

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace scoop::launcher::test
