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

/// "host slots" lines, the numbers flush right. Of very many hosts only the first are worth reading.
std::string slot_table(const std::vector<HostSlots>& hosts, const Counts& slots, const std::string& slots_title) {
    constexpr std::size_t rows_max = 20;
    const std::size_t rows = std::min(hosts.size(), rows_max);
    std::size_t name_width = 4;
    for (std::size_t row = 0; row < rows; ++row) name_width = std::max(name_width, hosts[row].name.size());
    const auto line = [&](const std::string& name, const std::string& number) {
        const std::size_t number_width = std::max<std::size_t>(slots_title.size(), 5);
        return "\n    " + name + std::string(name_width - name.size() + 2, ' ') +
               std::string(number_width - std::min(number_width, number.size()), ' ') + number;
    };
    std::string table = line("host", slots_title);
    for (std::size_t row = 0; row < rows; ++row) table += line(hosts[row].name, std::to_string(slots[row]));
    if (rows < hosts.size()) table += "\n    … and " + plural(hosts.size() - rows, "more host");
    return table;
}

Counts usable_slots(const std::vector<HostSlots>& hosts) {
    Counts slots;
    for (const HostSlots& host : hosts) slots.push_back(std::min(host.slots, host.slots_max.value_or(host.slots)));
    return slots;
}

/// The most that each host takes of `workers` when oversubscribed.
Counts limits(const std::vector<HostSlots>& hosts, std::uint64_t workers) {
    Counts most;
    for (const HostSlots& host : hosts) most.push_back(host.slots_max ? *host.slots_max : workers);
    return most;
}

/// Takes from the first host on until `workers` are dealt.
Counts deal_by_slot(const Counts& slots, std::uint64_t workers) {
    Counts counts;
    for (const std::uint64_t available : slots) {
        counts.push_back(std::min(available, workers));
        workers -= counts.back();
    }
    return counts;
}

/// One more for each host that may have it, again and again. `most` leaves room for all of `surplus`.
void deal_round_robin(Counts& counts, const Counts& most, std::uint64_t surplus) {
    std::vector<std::size_t> open(counts.size());
    std::iota(open.begin(), open.end(), std::size_t{0});
    while (surplus > 0) {
        std::erase_if(open, [&](std::size_t host) { return counts[host] >= most[host]; });
        const std::size_t dealt = std::min<std::uint64_t>(surplus, open.size());
        for (std::size_t index = 0; index < dealt; ++index) ++counts[open[index]];
        surplus -= dealt;
    }
}

std::vector<HostRanks> number_ranks(const Counts& counts) {
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

}  // namespace

base::Result<std::vector<HostRanks>> place(const std::vector<HostSlots>& hosts, std::optional<std::uint32_t> workers,
                                           Oversubscription oversubscription) {
    SCOOP_ASSERT(!hosts.empty());
    const Counts slots = usable_slots(hosts);
    const std::uint64_t slots_total = sum(slots);
    const std::uint64_t wanted = workers ? *workers : slots_total;
    const std::string attempt = "place " + plural(wanted, "worker");
    if (wanted > workers_max)
        return base::failure(attempt, "a job has at most " + std::to_string(workers_max) + ", give a smaller -n");

    Counts counts = deal_by_slot(slots, wanted);
    if (wanted <= slots_total) return number_ranks(counts);

    const std::string have = hosts.size() == 1 ? "the host has " : "the " + plural(hosts.size(), "host") + " have ";
    const std::string smaller = "-n " + std::to_string(slots_total) + " or less";
    if (oversubscription == Oversubscription::refuse)
        return base::failure(attempt, have + plural(slots_total, "slot") + "; give " + smaller +
                                          ", more hosts or slots, or --oversubscribe" +
                                          slot_table(hosts, slots, "slots"));
    const Counts most = limits(hosts, wanted);
    if (sum(most) < wanted)
        return base::failure(attempt, have + "room for " + std::to_string(sum(most)) + " by their max_slots" +
                                          slot_table(hosts, most, "max_slots"));
    deal_round_robin(counts, most, wanted - slots_total);
    return number_ranks(counts);
}

}  // namespace scoop::hostfile
