// JobCore: how hosts join a running job.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "launcher/exit_status.hpp"
#include "launcher/greeting.hpp"
#include "launcher/job_core.hpp"
#include "launcher/job_words.hpp"

namespace scoop::launcher {

void JobCore::on(const event::JoinAsked& asked) {
    if (const auto refusal = find_join_refusal(asked.hosts)) {
        actions_.emplace_back(action::Answer{asked.client, {exit_usage, *refusal}});
        return;
    }
    Join join;
    join.client = asked.client;
    join.hosts = asked.hosts.size();
    for (const NewHost& wish : asked.hosts) {
        const auto host = static_cast<base::HostIndex>(hosts_.size());
        config_.hosts.push_back(wish.name);
        ranks_.emplace_back();
        Host& one = hosts_.emplace_back();
        one.wish = wish;
        one.heard_at = now_;
        one.joins_by = now_ + config_.start_timeout;
        if (wish.is_local) config_.local_host = host;
        join.waits_for.insert(host);
    }
    joins_.push_back(std::move(join));
    actions_.emplace_back(action::ReachHosts{asked.client});
}

std::optional<std::string> JobCore::find_join_refusal(const std::vector<NewHost>& hosts) const {
    if (phase_ == Phase::ending) return "the job is ending";
    if (phase_ != Phase::running) return "the program has not begun yet";
    if (is_suspended_) return "the job is suspended; \"kill -CONT\" its scoop-run before";
    for (const NewHost& host : hosts) {
        if (!host.same_as || !is_alive(hosts_[*host.same_as])) continue;
        const bool is_going = hosts_[*host.same_as].kill_at || hosts_[*host.same_as].close_at;
        return host.name + (is_going ? " was in the job and its node has not ended yet; try again in some seconds"
                                     : " is in the job already; name another host");
    }
    return std::nullopt;
}

void JobCore::take_in(base::HostIndex host) {
    const control::NodeHello& hello = hosts_[host].hello;
    const control::NodeHello& of_root = hosts_[root_host_].hello;
    if (auto problem = find_mismatch(name_of(root_host_), of_root, name_of(host), hello))
        return fail_join(host, std::move(*problem));
    if (hello.build_id != of_root.build_id)
        say(Level::detail,
            name_of(host) + ": another build of the program than on " + name_of(root_host_) + ", with the same tasks");
    base::Rank next = 0;
    for (const auto& ranks : ranks_)
        if (!ranks.empty()) next = std::max(next, ranks.back() + 1);
    const NewHost& wish = hosts_[host].wish;
    const auto workers = std::max<std::uint32_t>(1, std::min(wish.slots.value_or(hello.cpus), wish.workers_max));
    for (std::uint32_t k = 0; k < workers; ++k) ranks_[host].push_back(next + k);
    say(Level::detail, name_of(host) + ": " + ranks_text(ranks_[host]));
    actions_.emplace_back(action::TakeIn{host, ranks_[host]});
}

void JobCore::on(const event::TakenIn& taken) {
    Host& host = hosts_[taken.host];
    if (!is_joining(taken.host) || host.state != State::greeted) return;
    if (taken.problem) return fail_join(taken.host, *taken.problem);
    host.state = State::described;
    actions_.emplace_back(action::Describe{taken.host, *host.joins_by - now_});
}

void JobCore::end_join(base::HostIndex host) {
    hosts_[host].joins_by.reset();
    send(host, control::FrameType::start);
    if (hosts_[host].had_to_relay)
        say(Level::note, name_of(host) + " cannot connect to this machine, so the tunnel is used, which is slower");
    say(Level::note, name_of(host) + " has joined the job, with " + ranks_text(ranks_[host]));
    tell_joiners(host);
}

void JobCore::fail_join(base::HostIndex host, StartProblem problem) {
    Host& one = hosts_[host];
    if (!std::exchange(one.joins_by, std::nullopt)) return;
    const std::string sentence = name_of(host) + " did not join the job: " + problem.said;
    one.problem = std::move(problem);
    one.is_member = false;
    if (!ranks_[host].empty()) actions_.emplace_back(action::TellBroker{host, sentence, false});
    if (is_alive(one)) dismiss(host);
    say(Level::note, sentence);
    tell_joiners(host);
}

void JobCore::tell_joiners(base::HostIndex host) {
    const auto& problem = hosts_[host].problem;
    for (Join& join : joins_) {
        if (join.waits_for.erase(host) == 0) continue;
        if (problem)
            join.problems.push_back({name_of(host), *problem});
        else
            join.text += printable(name_of(host) + " has joined the job, with " + ranks_text(ranks_[host])) + "\n";
    }
    std::erase_if(joins_, [&](Join& join) {
        if (!join.waits_for.empty()) return false;
        JobAnswer answer{0, std::move(join.text)};
        if (!join.problems.empty()) {
            answer.status = exit_start_failed;
            answer.text = not_joined_table(join.problems, join.hosts) + answer.text;
            answer.text.pop_back();  // as a sentence is
        }
        actions_.emplace_back(action::Answer{join.client, std::move(answer)});
        return true;
    });
}

void JobCore::give_up_joins() {
    for (base::HostIndex host = 0; host < hosts_.size(); ++host) {
        if (!is_joining(host)) continue;
        hosts_[host].joins_by.reset();
        hosts_[host].problem = StartProblem{"start", "the job ended before it had joined", ""};
        tell_joiners(host);
    }
}

}  // namespace scoop::launcher
