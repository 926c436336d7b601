#include "hostfile/placement.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/assert.hpp"

namespace scoop::hostfile {

namespace {

using Counts = std::vector<std::uint64_t>;

std::string plural(std::uint64_t count, const std::string& noun) {
    return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::uint64_t sum(const Counts& counts) {
    std::uint64_t total = 0;
    for (const std::uint64_t count : counts) total += count;
    return total;
}

/// Lines of host, slots and where they come from. Of very many hosts only the first are worth reading.
std::string slot_table(const std::vector<HostSlots>& hosts, const Counts& slots, const std::string& slots_title) {
    constexpr std::size_t rows_max = 20;
    const std::size_t rows = std::min(hosts.size(), rows_max);
    std::size_t name_width = 4;
    for (std::size_t row = 0; row < rows; ++row) name_width = std::max(name_width, hosts[row].name.size());
    const auto line = [&](const std::string& name, const std::string& number, const std::string& why) {
        const std::size_t number_width = std::max<std::size_t>(slots_title.size(), 5);
        return "\n    " + name + std::string(name_width - name.size() + 2, ' ') +
               std::string(number_width - std::min(number_width, number.size()), ' ') + number +
               (why.empty() ? "" : "  " + why);
    };
    std::string table = line("host", slots_title, "why");
    for (std::size_t row = 0; row < rows; ++row)
        table += line(hosts[row].name, std::to_string(slots[row]), hosts[row].why);
    if (rows < hosts.size()) table += "\n    … and " + plural(hosts.size() - rows, "more host");
    return table;
}

Counts slots_of(const std::vector<HostSlots>& hosts) {
    Counts slots;
    for (const HostSlots& host : hosts) slots.push_back(std::min(host.slots, host.slots_max.value_or(host.slots)));
    return slots;
}

/// The most that each host takes of `workers` when oversubscribed.
Counts limits_of(const std::vector<HostSlots>& hosts, std::uint64_t workers) {
    Counts most;
    for (const HostSlots& host : hosts) most.push_back(host.slots_max ? *host.slots_max : workers);
    return most;
}

Counts capped(Counts counts, std::optional<std::uint32_t> most) {
    if (most)
        for (std::uint64_t& count : counts) count = std::min<std::uint64_t>(count, *most);
    return counts;
}

/// Gives from the first host on until `workers` are dealt.
void deal_by_slot(const Counts& slots, std::uint64_t workers, Counts& counts) {
    for (std::size_t host = 0; host < slots.size(); ++host) {
        counts[host] = std::min(slots[host], workers);
        workers -= counts[host];
    }
}

/// One more for each host that may have it, again and again. `most` leaves room for all of `workers`. Tells `dealt`
/// the host of each.
template <class Dealt>
void deal_in_turn(const Counts& most, std::uint64_t workers, Counts& counts, Dealt dealt) {
    std::vector<std::size_t> open(counts.size());
    std::iota(open.begin(), open.end(), std::size_t{0});
    while (workers > 0) {
        std::erase_if(open, [&](std::size_t host) { return counts[host] >= most[host]; });
        const std::size_t count = std::min<std::uint64_t>(workers, open.size());
        for (std::size_t index = 0; index < count; ++index) {
            ++counts[open[index]];
            dealt(open[index]);
        }
        workers -= count;
    }
}

/// What there is room for, host by host, with and without oversubscription.
struct Room {
    Counts slots;
    Counts most;
};

std::vector<HostRanks> number_by_slot(const Room& room, std::uint64_t workers) {
    Counts counts(room.slots.size());
    const std::uint64_t within = std::min(workers, sum(room.slots));
    deal_by_slot(room.slots, within, counts);
    deal_in_turn(room.most, workers - within, counts, [](std::size_t) {});
    std::vector<HostRanks> placed;
    base::Rank next = 0;
    for (std::size_t host = 0; host < counts.size(); ++host) {
        if (counts[host] == 0) continue;
        HostRanks ranks{host, {}};
        for (std::uint64_t index = 0; index < counts[host]; ++index) ranks.ranks.push_back(next++);
        placed.push_back(std::move(ranks));
    }
    return placed;
}

std::vector<HostRanks> number_by_host(const Room& room, std::uint64_t workers) {
    std::vector<HostRanks> placed;
    for (std::size_t host = 0; host < room.slots.size(); ++host) placed.push_back({host, {}});
    base::Rank next = 0;
    const auto take = [&](std::size_t host) { placed[host].ranks.push_back(next++); };
    Counts counts(room.slots.size());
    const std::uint64_t within = std::min(workers, sum(room.slots));
    deal_in_turn(room.slots, within, counts, take);
    deal_in_turn(room.most, workers - within, counts, take);
    std::erase_if(placed, [](const HostRanks& host) { return host.ranks.empty(); });
    return placed;
}

std::string these_hosts(std::size_t count) {
    return count == 1 ? "the host has " : "the " + plural(count, "host") + " have ";
}

/// Why `wanted` workers have no place; nothing when they have.
std::optional<std::string> find_shortage(const std::vector<HostSlots>& hosts, const PlacementRules& rules,
                                         const Room& room, std::uint64_t wanted) {
    const std::string have = these_hosts(hosts.size());
    if (rules.per_host && *rules.per_host * std::uint64_t{hosts.size()} < wanted)
        return have + "room for " + std::to_string(*rules.per_host * std::uint64_t{hosts.size()}) + " with -N " +
               std::to_string(*rules.per_host) + "; give a larger -N, a smaller -n or more hosts";
    const std::uint64_t slots_total = sum(room.slots);
    if (wanted <= slots_total) return std::nullopt;
    if (rules.oversubscription == Oversubscription::refuse) {
        const std::string cap = rules.per_host ? " with -N " + std::to_string(*rules.per_host) : "";
        const std::string less =
            rules.workers || !rules.per_host ? "-n " + std::to_string(slots_total) + " or less" : "a smaller -N";
        return have + plural(slots_total, "slot") + cap + "; give " + less +
               ", more hosts or slots, or --oversubscribe" + slot_table(hosts, slots_of(hosts), "slots");
    }
    if (sum(room.most) < wanted)
        return have + "room for " + std::to_string(sum(room.most)) + " by their max_slots" +
               slot_table(hosts, limits_of(hosts, wanted), "max_slots");
    return std::nullopt;
}

}  // namespace

base::Result<std::vector<HostRanks>> place(const std::vector<HostSlots>& hosts, const PlacementRules& rules) {
    SCOOP_ASSERT(!hosts.empty());
    Room room;
    room.slots = capped(slots_of(hosts), rules.per_host);
    const std::uint64_t wanted = rules.workers    ? *rules.workers
                                 : rules.per_host ? *rules.per_host * std::uint64_t{hosts.size()}
                                                  : sum(room.slots);
    room.most = capped(limits_of(hosts, wanted), rules.per_host);
    const std::string attempt = "place " + plural(wanted, "worker");
    if (wanted > workers_max)
        return base::failure(attempt, "a job has at most " + std::to_string(workers_max) + ", give a smaller " +
                                          (rules.workers || !rules.per_host ? "-n" : "-N"));
    if (auto shortage = find_shortage(hosts, rules, room, wanted)) return base::failure(attempt, std::move(*shortage));
    return rules.mapping == Mapping::by_slot ? number_by_slot(room, wanted) : number_by_host(room, wanted);
}

}  // namespace scoop::hostfile
