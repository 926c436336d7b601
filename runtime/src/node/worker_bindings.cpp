#include "node/worker_bindings.hpp"

#include <algorithm>

#include "base/cpu_topology.hpp"
#include "base/usable_cpus.hpp"
#include "node/binding_core.hpp"

namespace scoop::node {

namespace {

base::CpuUnit unit_of(control::BindTo bind_to) {
    return bind_to == control::BindTo::core     ? base::CpuUnit::core
           : bind_to == control::BindTo::socket ? base::CpuUnit::socket
                                                : base::CpuUnit::numa;
}

}  // namespace

WorkerBindings::WorkerBindings(const control::JobDescription& job) {
    if (job.bind_to == control::BindTo::none) return;
    std::vector<base::Rank> ranks = job.hosts[job.host].ranks;
    if (!job.root_works) std::erase(ranks, base::Rank{0});
    auto units = base::read_cpu_units(unit_of(job.bind_to));
    if (!units) {
        problem_ = units.error().sentence();
        return;
    }
    const auto dealt = deal_cpus({base::affinity_mask(), base::usable_cpus(), std::move(*units)}, ranks.size());
    if (!dealt) {
        problem_ = dealt.error().reason;
        return;
    }
    for (std::size_t k = 0; k < ranks.size(); ++k) bound_.emplace_back(ranks[k], (*dealt)[k]);
}

base::CpuSet WorkerBindings::cpus_of(base::Rank rank) const {
    const auto found = std::find_if(bound_.begin(), bound_.end(), [&](const auto& one) { return one.first == rank; });
    return found == bound_.end() ? base::CpuSet{} : found->second;
}

std::vector<std::string> WorkerBindings::lines() const {
    std::vector<std::string> lines;
    for (const auto& [rank, cpus] : bound_)
        lines.push_back("rank " + std::to_string(rank) + " is bound to " + (cpus.size() == 1 ? "CPU " : "CPUs ") +
                        base::cpu_list_text(cpus));
    return lines;
}

}  // namespace scoop::node
