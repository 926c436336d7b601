// JobCore from the first hello to the start of the program: the phases greeting and preparing.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "launcher/check_report.hpp"
#include "launcher/exit_status.hpp"
#include "launcher/greeting.hpp"
#include "launcher/job_core.hpp"

namespace scoop::launcher {

using control::FrameType;

namespace {

/// "rank 3", "ranks 0 to 7", or "ranks 0, 4, 8" of hosts that the ranks were dealt to in turn.
std::string describe_ranks(const std::vector<base::Rank>& ranks) {
    constexpr std::size_t shown_max = 8;
    if (ranks.size() == 1) return "rank " + std::to_string(ranks.front());
    if (ranks.back() - ranks.front() + 1 == ranks.size())
        return "ranks " + std::to_string(ranks.front()) + " to " + std::to_string(ranks.back());
    std::string text = "ranks ";
    for (std::size_t k = 0; k < std::min(ranks.size(), shown_max); ++k)
        text += (k == 0 ? "" : ", ") + std::to_string(ranks[k]);
    if (ranks.size() > shown_max) text += " and " + std::to_string(ranks.size() - shown_max) + " more";
    return text;
}

}  // namespace

void JobCore::on(const event::Greeted& greeted) {
    Host& host = hosts_[greeted.host];
    host.heard_at = now_;
    if (host.state != State::starting || (phase_ != Phase::greeting && !is_joining(greeted.host))) return;
    host.state = State::greeted;
    host.hello = greeted.hello;
    host.clock_ahead = greeted.clock_ahead;
    say(Level::detail, name_of(greeted.host) + ": node " + std::to_string(greeted.hello.process_id) + " on " +
                           greeted.hello.host_name + ", " + greeted.hello.architecture + ", " +
                           std::to_string(greeted.hello.cpus) + " CPUs");
    if (is_joining(greeted.host)) return take_in(greeted.host);
    go_on_when_settled();
}

void JobCore::on(const event::Ready& ready) {
    Host& host = hosts_[ready.host];
    if (host.state != State::described || (phase_ != Phase::preparing && !is_joining(ready.host))) return;
    host.state = State::ready;
    describe_route(ready.host, ready.node);
    if (is_joining(ready.host)) return end_join(ready.host);
    go_on_when_settled();
}

void JobCore::describe_route(base::HostIndex host, const control::NodeReady& ready) {
    hosts_[host].had_to_relay = ready.is_relayed && !ready.reason.empty();
    if (!ready.broker_endpoint.empty())
        say(Level::detail, name_of(host) + ": reaches the root broker at " + printable(ready.broker_endpoint));
    if (ready.is_relayed)
        say(Level::detail, name_of(host) + ": reaches the root broker through the control channel" +
                               (ready.reason.empty() ? "" : ", for it could not at " + printable(ready.reason)));
    for (const std::string& line : ready.bindings) say(Level::detail, name_of(host) + ": " + printable(line));
    hosts_[host].binding_problem = printable(ready.binding_problem);
}

std::string JobCore::names_of_members(const std::function<bool(const Host&)>& is_meant) const {
    constexpr std::size_t names_max = 8;
    std::string names;
    std::size_t count = 0;
    for (base::HostIndex host = 0; host < hosts_.size(); ++host) {
        if (!hosts_[host].is_member || !is_meant(hosts_[host])) continue;
        if (++count <= names_max) names += (count == 1 ? "" : ", ") + name_of(host);
    }
    if (count > names_max) names += " and " + std::to_string(count - names_max) + " more hosts";
    return names;
}

// One line, however many there are.
void JobCore::describe_tunnels() {
    const std::string names = names_of_members([](const Host& host) { return host.had_to_relay; });
    if (names.empty()) return;
    say(Level::note, names +
                         " cannot connect to this machine, so the tunnel is used, which is slower; -v says what was "
                         "tried, --tunnel always saves the time for it");
}

// One line for each reason.
void JobCore::describe_bindings() {
    std::set<std::string> reasons;
    for (const Host& host : hosts_)
        if (host.is_member && !host.binding_problem.empty()) reasons.insert(host.binding_problem);
    for (const std::string& reason : reasons)
        say(Level::note, names_of_members([&](const Host& host) { return host.binding_problem == reason; }) +
                             ": --bind-to has no effect: " + reason);
}

void JobCore::on(const event::Failed& failed) {
    if (is_joining(failed.host)) return fail_join(failed.host, failed.problem);
    if (phase_ == Phase::running) return lose(failed.host, failed.problem.said, end_patience());
    fail(failed.host, failed.problem);
    go_on_when_settled();
}

void JobCore::fail(base::HostIndex host, StartProblem problem) {
    if (!hosts_[host].problem) hosts_[host].problem = std::move(problem);
}

// Every host gets its chance before the job fails, so that one run shows all that is wrong.
void JobCore::go_on_when_settled() {
    if (phase_ != Phase::greeting && phase_ != Phase::preparing) return;
    const State wanted = phase_ == Phase::greeting ? State::greeted : State::ready;
    const bool is_settled = std::all_of(hosts_.begin(), hosts_.end(), [&](const Host& host) {
        return host.problem || host.state == wanted || !host.is_member;
    });
    if (!is_settled) return;
    if (has_failures() && !leave_out_failed()) return config_.is_check ? report_check() : report_problems();
    if (phase_ == Phase::greeting) return check_greeting();
    if (config_.is_check) return report_check();

    phase_ = Phase::running;
    describe_tunnels();
    describe_bindings();
    say(Level::detail, "all hosts are ready, the program begins");
    for (base::HostIndex host = 0; host < hosts_.size(); ++host)
        if (hosts_[host].is_member) send(host, FrameType::start);
    actions_.emplace_back(action::StartInput{});
}

bool JobCore::has_failures() const {
    for (base::HostIndex host = 0; host < hosts_.size(); ++host)
        if (has_failed(host)) return true;
    return false;
}

bool JobCore::can_leave_out_failed() const {
    if (!config_.is_check && config_.on_host_failure == OnHostFailure::end_job) return false;
    if (!config_.is_check && phase_ == Phase::preparing && has_failed(root_host_)) return false;
    return std::any_of(hosts_.begin(), hosts_.end(), [](const Host& host) { return host.is_member && !host.problem; });
}

bool JobCore::leave_out_failed() {
    if (!can_leave_out_failed()) return false;
    std::vector<HostProblem> problems;
    for (base::HostIndex host = 0; host < hosts_.size(); ++host) {
        if (!has_failed(host)) continue;
        problems.push_back({name_of(host), *hosts_[host].problem});
        hosts_[host].is_member = false;
        if (is_alive(hosts_[host])) dismiss(host);
        if (phase_ == Phase::preparing)
            actions_.emplace_back(
                action::TellBroker{host, name_of(host) + " was left out: " + problems.back().problem.said, false});
    }
    has_left_out_ = true;
    // The others have waited for them long enough to be given time of their own.
    start_deadline_ = now_ + config_.start_timeout;
    if (!config_.is_check) actions_.emplace_back(action::Say{Level::note, left_out_table(problems, hosts_.size())});
    return true;
}

void JobCore::check_greeting() {
    const auto first = static_cast<base::HostIndex>(
        std::find_if(hosts_.begin(), hosts_.end(), [](const Host& host) { return host.is_member; }) - hosts_.begin());
    for (base::HostIndex host = 0; host < hosts_.size(); ++host) {
        if (!hosts_[host].is_member) continue;
        const auto& hello = hosts_[host].hello;
        if (auto problem = find_mismatch(name_of(first), hosts_[first].hello, name_of(host), hello)) {
            fail(host, std::move(*problem));
        } else if (hello.build_id != hosts_[first].hello.build_id) {
            say(Level::detail,
                name_of(host) + ": another build of the program than on " + name_of(first) + ", with the same tasks");
        }
    }
    if (has_failures()) return go_on_when_settled();
    go_on_when_greeted();
}

void JobCore::go_on_when_greeted() {
    phase_ = Phase::preparing;
    std::vector<std::uint32_t> cpus;
    for (const Host& host : hosts_) cpus.push_back(host.is_member ? host.hello.cpus : 0);
    if (config_.is_check) {
        // The root broker only knows hosts that have ranks.
        ranks_.resize(hosts_.size());
        for (base::HostIndex host = 0; host < hosts_.size(); ++host)
            if (hosts_[host].is_member) ranks_[host] = {host};
        actions_.emplace_back(action::StartBroker{ranks_});
        return;
    }
    auto placement = config_.place(cpus);
    if (!placement) {
        // It may have a table, so it is not made one line.
        actions_.emplace_back(action::Say{Level::error, "scoop-run: " + placement.error().sentence() + "\n"});
        return begin_ending(has_left_out_ ? exit_start_failed : exit_usage);
    }
    ranks_ = std::move(*placement);
    for (base::HostIndex host = 0; host < hosts_.size(); ++host) {
        if (!ranks_[host].empty() && ranks_[host].front() == 0) root_host_ = host;
        if (!ranks_[host].empty() || !hosts_[host].is_member) continue;
        hosts_[host].is_member = false;
        dismiss(host);
    }
    describe_placement();
    actions_.emplace_back(action::StartBroker{ranks_});
}

void JobCore::describe_placement() {
    for (base::HostIndex host = 0; host < hosts_.size(); ++host) {
        if (hosts_[host].problem) continue;
        const bool has_ranks = !ranks_[host].empty();
        const std::string text =
            has_ranks ? describe_ranks(ranks_[host]) : "no worker, the hosts before have slots enough";
        say(Level::detail, name_of(host) + ": " + text);
    }
}

void JobCore::on(const event::BrokerStarted&) {
    if (phase_ != Phase::preparing) return;
    for (base::HostIndex host = 0; host < hosts_.size(); ++host) {
        if (hosts_[host].state != State::greeted || !hosts_[host].is_member) continue;
        hosts_[host].state = State::described;
        actions_.emplace_back(action::Describe{host, start_deadline_ - now_});
    }
    go_on_when_settled();
}

void JobCore::on(const event::BrokerFailed& failed) {
    if (phase_ == Phase::ending) return;
    say(Level::error, failed.sentence);
    begin_ending(exit_start_failed);
}

void JobCore::report_problems() {
    std::vector<HostProblem> problems;
    for (base::HostIndex host = 0; host < hosts_.size(); ++host)
        if (hosts_[host].problem) problems.push_back({name_of(host), *hosts_[host].problem});
    actions_.emplace_back(action::Say{Level::error, problem_table(problems, hosts_.size())});
    begin_ending(status_of_problems(problems, hosts_.size()));
}

void JobCore::report_check() {
    describe_tunnels();
    describe_bindings();
    std::vector<CheckedHost> checked;
    bool is_fine = true;
    for (base::HostIndex host = 0; host < hosts_.size(); ++host) {
        const Host& one = hosts_[host];
        is_fine = is_fine && !one.problem;
        checked.push_back({name_of(host), host == config_.local_host, one.problem, one.hello, one.clock_ahead});
    }
    actions_.emplace_back(action::Report{check_report(checked)});
    begin_ending(is_fine ? 0 : exit_start_failed);
}

}  // namespace scoop::launcher
