#include "hostfile/host.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>
#include <utility>

#include "hostfile/text.hpp"

namespace scoop::hostfile {

static_assert(std::uint64_t{mentions_max} * mention_slots_max <= std::numeric_limits<std::uint32_t>::max());

void add_mention(Host& host, const Host& mention) {
    const std::uint32_t slots = host.slots.value_or(1);
    const std::uint32_t more = mention.slots.value_or(1);
    if (host.slots_max || mention.slots_max)
        host.slots_max = host.slots_max.value_or(slots) + mention.slots_max.value_or(more);
    host.slots = slots + more;
    host.tags.insert(host.tags.end(), mention.tags.begin(), mention.tags.end());
    std::sort(host.tags.begin(), host.tags.end());
    host.tags.erase(std::unique(host.tags.begin(), host.tags.end()), host.tags.end());
}

std::vector<Host> merge_mentions(std::vector<Host> mentions) {
    using Key = std::tuple<std::string, std::string, std::optional<std::uint16_t>>;
    std::map<Key, std::size_t> known;  // position in hosts
    std::vector<Host> hosts;
    for (Host& mention : mentions) {
        const auto [entry, is_new] =
            known.try_emplace(Key{lower_case(mention.name), mention.user, mention.port}, hosts.size());
        if (is_new)
            hosts.push_back(std::move(mention));
        else
            add_mention(hosts[entry->second], mention);
    }
    return hosts;
}

}  // namespace scoop::hostfile
