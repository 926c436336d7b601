// JobLoop: hosts that join the running job.
#include <algorithm>
#include <utility>

#include "launcher/exit_status.hpp"
#include "launcher/job_loop.hpp"
#include "launcher/machine.hpp"
#include "protocol/tags.hpp"

namespace scoop::launcher {

void JobLoop::on_join_request(JobServer::ClientId client, const JobRequest& request) {
    auto joining = setup_.plan_join(request);
    if (!joining) return server_.answer(client, {exit_usage, joining.error().sentence()});
    if (const auto refusal = find_strange_tag(*joining)) return server_.answer(client, {exit_usage, *refusal});
    event::JoinAsked asked{client, {}};
    for (JoiningSetup& one : *joining) {
        asked.hosts.push_back({one.setup.name, one.setup.is_local, one.slots, one.workers_max, find_same(one.setup)});
        joining_[client].push_back(std::move(one.setup));
    }
    tell_core(std::move(asked));
}

// Tags are numbered when a job begins, and every process knows the numbers.
std::optional<std::string> JobLoop::find_strange_tag(const std::vector<JoiningSetup>& joining) const {
    const auto known = protocol::TagTable::of(setup_.hosts);
    for (const JoiningSetup& one : joining)
        for (const std::string& tag : one.setup.tags)
            if (!known.find(tag))
                return one.setup.name + " has the tag " + tag +
                       ", which no host had when the job began, so no task can ask for it; name the host without it";
    return std::nullopt;
}

std::optional<base::HostIndex> JobLoop::find_same(const HostSetup& host) const {
    for (auto index = static_cast<base::HostIndex>(setup_.hosts.size()); index-- > 0;) {
        const HostSetup& other = setup_.hosts[index];
        const bool is_same_server = host.ssh.host == other.ssh.host && host.ssh.port == other.ssh.port;
        if (host.is_local == other.is_local && (host.is_local || is_same_server)) return index;
    }
    return std::nullopt;
}

void JobLoop::perform(const action::ReachHosts& reach) {
    std::vector<HostSetup> hosts = std::move(joining_[reach.client]);
    joining_.erase(reach.client);
    // Where it is not enough the sessions themselves will say so.
    (void)make_room_for_hosts(setup_.hosts.size() + hosts.size());
    for (HostSetup& host : hosts) {
        output_.add_host(host.name);
        ranks_.emplace_back();
        setup_.hosts.push_back(std::move(host));
        begin_session(setup_.hosts.back());
    }
}

void JobLoop::perform(const action::TakeIn& take) {
    ranks_[take.host] = take.ranks;
    event::TakenIn taken{take.host};
    if (auto added = root_broker_.add(setup_, take.host, take.ranks); !added)
        taken.problem = problem_of("broker", added.error());
    tell_core(std::move(taken));
}

// Of the other hosts that have joined, the root broker tells it as soon as they are in.
RanksOfHosts JobLoop::ranks_told_to(base::HostIndex host) const {
    RanksOfHosts ranks = ranks_;
    for (std::size_t other = hosts_at_start_; other < ranks.size(); ++other)
        if (other != host) ranks[other].clear();
    return ranks;
}

}  // namespace scoop::launcher
