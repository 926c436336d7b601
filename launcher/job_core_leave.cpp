// JobCore: how hosts leave a running job.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "hostfile/text.hpp"
#include "launcher/exit_status.hpp"
#include "launcher/job_core.hpp"
#include "launcher/job_words.hpp"

namespace scoop::launcher {

namespace {

constexpr std::size_t hosts_named_max = 8;

std::string comparable(std::string_view name) {
    if (name.ends_with('.')) name.remove_suffix(1);
    return hostfile::lower_case(name);
}

}  // namespace

void JobCore::on(const event::LeaveAsked& asked) {
    std::set<base::HostIndex> found;
    if (const auto refusal = find_leaving(asked.hosts, found)) {
        actions_.emplace_back(action::Answer{asked.client, {exit_usage, *refusal}});
        return;
    }
    leaves_.push_back({asked.client, found, {}});
    for (const base::HostIndex host : found) {
        Host& one = hosts_[host];
        // Who asks again may make it shorter or longer.
        one.drained_by = asked.limit > base::Duration::zero() ? std::optional(now_ + asked.limit) : std::nullopt;
        if (std::exchange(one.leaving, Leaving::draining) == Leaving::no)
            actions_.emplace_back(action::DrainHost{host});
    }
}

std::optional<std::string> JobCore::find_leaving(const std::vector<std::string>& names,
                                                 std::set<base::HostIndex>& found) const {
    if (phase_ == Phase::ending) return "the job is ending";
    if (phase_ != Phase::running) return "the program has not begun yet";
    if (names.empty()) return "no host is named";
    for (const std::string& name : names) {
        const auto host = find_host(name);
        if (!host) {
            std::string known;
            for (base::HostIndex k = 0; k < std::min(hosts_.size(), hosts_named_max); ++k)
                known += (k == 0 ? "" : ", ") + name_of(k);
            return "the job has no host " + name + "; it has " + known +
                   (hosts_.size() > hosts_named_max ? " and others" : "");
        }
        if (is_joining(*host)) return name + " has not joined the job yet";
        if (*host == root_host_) return name + " runs the root, and cannot leave before the job ends";
        if (live_ranks(*host).empty()) return name + " has no worker left in the job";
        found.insert(*host);
    }
    if (is_root_alone_without(found)) return "nobody would be left to run tasks";
    return std::nullopt;
}

std::optional<base::HostIndex> JobCore::find_host(const std::string& name) const {
    // The last, as one that has left may have joined again.
    for (auto host = static_cast<base::HostIndex>(hosts_.size()); host-- > 0;)
        if (comparable(name_of(host)) == comparable(name)) return host;
    return std::nullopt;
}

bool JobCore::is_root_alone_without(const std::set<base::HostIndex>& hosts) const {
    if (config_.root_works) return false;
    for (base::HostIndex host = 0; host < hosts_.size(); ++host) {
        if (hosts.count(host) > 0 || hosts_[host].leaving != Leaving::no || is_joining(host)) continue;
        const auto ranks = live_ranks(host);
        if (std::any_of(ranks.begin(), ranks.end(), [](base::Rank rank) { return rank != 0; })) return false;
    }
    return true;
}

void JobCore::on(const event::Drained& drained) {
    if (phase_ == Phase::running && hosts_[drained.host].leaving == Leaving::draining && talks(hosts_[drained.host]))
        let_go(drained.host, "");
}

void JobCore::let_go(base::HostIndex host, const std::string& how) {
    const std::string ranks = ranks_text(live_ranks(host));
    hosts_[host].leaving = Leaving::left;
    hosts_[host].drained_by.reset();
    const std::string sentence =
        name_of(host) + " has left the job, with " + ranks + (how.empty() ? "" : "; it " + how);
    actions_.emplace_back(action::TellBroker{host, sentence, false});
    dismiss(host);
    say(Level::note, sentence);
    tell_leavers(host, sentence);
}

void JobCore::tell_leavers(base::HostIndex host, const std::string& sentence) {
    for (Leave& leave : leaves_)
        if (leave.waits_for.erase(host) > 0) leave.text += printable(sentence) + "\n";
    std::erase_if(leaves_, [&](Leave& leave) {
        if (!leave.waits_for.empty()) return false;
        actions_.emplace_back(action::Answer{leave.client, {0, std::move(leave.text)}});
        return true;
    });
}

void JobCore::answer_leavers() {
    while (!leaves_.empty()) {
        const base::HostIndex host = *leaves_.front().waits_for.begin();
        tell_leavers(host, "the job ends, and " + name_of(host) + " with it");
    }
}

}  // namespace scoop::launcher
