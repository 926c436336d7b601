// JobCore: how the job is, for who asks.
#include <cstddef>
#include <string>
#include <vector>

#include "launcher/job_core.hpp"

namespace scoop::launcher {

std::vector<base::Rank> JobCore::live_ranks(base::HostIndex host) const {
    std::vector<base::Rank> ranks;
    if (host >= ranks_.size() || !is_alive(hosts_[host]) || !hosts_[host].is_member ||
        hosts_[host].state == State::lost || hosts_[host].leaving == Leaving::left)
        return ranks;
    for (const base::Rank rank : ranks_[host])
        if (ended_ranks_.count(rank) == 0) ranks.push_back(rank);
    return ranks;
}

std::string JobCore::state_of(const Host& host) const {
    if (host.is_lost) return "lost";
    if (host.leaving != Leaving::no) return host.leaving == Leaving::left ? "left" : "leaving";
    if (host.problem) return "failed";
    if (!host.is_member) return "not needed";
    if (host.state == State::gone) return "ended";
    if (host.joins_by) return "joining";
    if (host.state == State::starting) return "starting";
    if (host.state != State::ready) return phase_ == Phase::greeting ? "reached" : "starting";
    return phase_ == Phase::ending ? "ending" : phase_ == Phase::running ? "runs" : "ready";
}

JobStatus JobCore::status(base::TimePoint now) const {
    JobStatus status;
    status.age = now - started_at_;
    const bool is_starting = phase_ == Phase::greeting || phase_ == Phase::preparing;
    status.phase = is_starting ? "It is starting" : phase_ != Phase::running ? "It is ending" : "It runs";
    if (is_suspended_) status.phase += ", suspended";
    for (base::HostIndex host = 0; host < hosts_.size(); ++host)
        status.hosts.push_back({name_of(host),
                                state_of(hosts_[host]),
                                live_ranks(host),
                                hosts_[host].died,
                                {},
                                is_alive(hosts_[host]) && hosts_[host].state == State::ready && !is_suspended_});
    return status;
}

}  // namespace scoop::launcher
