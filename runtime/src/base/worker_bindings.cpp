#include "base/worker_bindings.hpp"

#include <algorithm>

#include "base/cpu_shares.hpp"
#include "base/usable_cpus.hpp"

namespace scoop::base {

WorkerBindings::WorkerBindings(const BindingOrder& order) {
    std::vector<Rank> ranks = order.ranks;
    if (!order.root_works) std::erase(ranks, Rank{0});
    auto units = read_cpu_units(order.unit);
    if (!units) {
        problem_ = units.error().sentence();
        return;
    }
    const auto dealt = deal_cpus({affinity_mask(), usable_cpus(), std::move(*units)}, ranks.size());
    if (!dealt) {
        problem_ = dealt.error().reason;
        return;
    }
    for (std::size_t k = 0; k < ranks.size(); ++k) bound_.emplace_back(ranks[k], (*dealt)[k]);
}

CpuSet WorkerBindings::cpus_of(Rank rank) const {
    const auto found = std::find_if(bound_.begin(), bound_.end(), [&](const auto& one) { return one.first == rank; });
    return found == bound_.end() ? CpuSet{} : found->second;
}

std::vector<std::string> WorkerBindings::lines() const {
    std::vector<std::string> lines;
    for (const auto& [rank, cpus] : bound_)
        lines.push_back("rank " + std::to_string(rank) + " is bound to " + cpus_text(cpus));
    return lines;
}

}  // namespace scoop::base
