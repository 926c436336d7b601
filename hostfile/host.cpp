#include "hostfile/host.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>
#include <utility>

#include "hostfile/text.hpp"

namespace scoop::hostfile {

static_assert(std::uint64_t{mentions_max} * mention_slots_max <= std::numeric_limits<std::uint32_t>::max());

namespace {

template <class Field>
void fill(Field& field, const Field& other) {
    if (field == Field{}) field = other;
}

void fill_settings(HostSettings& settings, const HostSettings& others) {
    fill(settings.program, others.program);
    fill(settings.working_directory, others.working_directory);
    fill(settings.setup, others.setup);
    fill(settings.nice, others.nice);
    for (const std::string& variable : others.environment) {
        const std::string head = variable.substr(0, variable.find('=') + 1);
        const bool is_known = std::any_of(settings.environment.begin(), settings.environment.end(),
                                          [&](const std::string& own) { return own.starts_with(head); });
        if (!is_known) settings.environment.push_back(variable);
    }
}

}  // namespace

void add_mention(Host& host, const Host& mention) {
    const std::uint32_t slots = host.slots.value_or(1);
    const std::uint32_t more = mention.slots.value_or(1);
    if (host.slots_max || mention.slots_max)
        host.slots_max = host.slots_max.value_or(slots) + mention.slots_max.value_or(more);
    host.slots = slots + more;
    host.tags.insert(host.tags.end(), mention.tags.begin(), mention.tags.end());
    std::sort(host.tags.begin(), host.tags.end());
    host.tags.erase(std::unique(host.tags.begin(), host.tags.end()), host.tags.end());
    fill_settings(host.settings, mention.settings);
}

void fill_attributes(Host& host, const Host& defaults) {
    fill(host.slots, defaults.slots);
    fill(host.slots_max, defaults.slots_max);
    fill(host.user, defaults.user);
    fill(host.port, defaults.port);
    fill(host.tags, defaults.tags);
    fill_settings(host.settings, defaults.settings);
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
