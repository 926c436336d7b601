#include "hostfile/exclusion.hpp"

#include <map>
#include <string_view>
#include <utility>

#include "hostfile/text.hpp"

namespace scoop::hostfile {

namespace {

std::string comparable(std::string_view name) {
    if (name.ends_with('.')) name.remove_suffix(1);
    return lower_case(name);
}

}  // namespace

base::Result<Remaining> exclude_hosts(std::vector<Host> hosts, const std::vector<Host>& excluded) {
    // By name: 65,536 hosts and as many exclusions are no reason to wait.
    std::multimap<std::string, std::size_t> exclusions;
    for (std::size_t index = 0; index < excluded.size(); ++index)
        exclusions.emplace(comparable(excluded[index].name), index);
    std::vector<bool> is_matched(excluded.size());
    const auto is_excluded = [&](const Host& host) {
        bool found = false;
        const auto [first, last] = exclusions.equal_range(comparable(host.name));
        for (auto entry = first; entry != last; ++entry) {
            const Host& exclusion = excluded[entry->second];
            if (!exclusion.user.empty() && exclusion.user != host.user) continue;
            found = is_matched[entry->second] = true;
        }
        return found;
    };
    Remaining remaining;
    const bool had_hosts = !hosts.empty();
    std::erase_if(hosts, is_excluded);
    if (had_hosts && hosts.empty())
        return base::failure("leave out hosts", "--exclude names all of them, nothing is left to run on");
    remaining.hosts = std::move(hosts);
    for (std::size_t index = 0; index < excluded.size(); ++index)
        if (!is_matched[index]) remaining.unmatched.push_back(excluded[index].name);
    return remaining;
}

}  // namespace scoop::hostfile
