#include "worker/roster.hpp"

#include <algorithm>

namespace scoop::worker {

Roster::Roster(Mail& mail) {
    mail.on_joined([this](const protocol::HostJoined& joined) { add(joined); });
}

void Roster::connect(const std::vector<control::HostEntry>& hosts) { hosts_ = hosts; }

void Roster::add(const protocol::HostJoined& joined) {
    const std::lock_guard lock(mutex_);
    // Those between have not joined yet, or never do.
    if (joined.host >= hosts_.size()) hosts_.resize(joined.host + std::size_t{1});
    hosts_[joined.host].name = joined.name;
    hosts_[joined.host].ranks = joined.ranks;
}

std::vector<std::string> Roster::host_names() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> names;
    for (const auto& host : hosts_)
        if (!host.ranks.empty()) names.push_back(host.name);
    return names;
}

std::optional<std::string> Roster::host_of(base::Rank rank) const {
    const std::lock_guard lock(mutex_);
    for (const auto& host : hosts_)
        if (std::ranges::count(host.ranks, rank) != 0) return host.name;
    return std::nullopt;
}

std::vector<base::Rank> Roster::ranks() const {
    const std::lock_guard lock(mutex_);
    std::vector<base::Rank> ranks;
    for (const auto& host : hosts_) ranks.insert(ranks.end(), host.ranks.begin(), host.ranks.end());
    std::ranges::sort(ranks);
    return ranks;
}

base::Rank Roster::rank_end() const {
    const auto all = ranks();
    return all.empty() ? 0 : all.back() + 1;
}

}  // namespace scoop::worker
