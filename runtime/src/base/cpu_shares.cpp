#include "base/cpu_shares.hpp"

#include <algorithm>
#include <utility>

namespace scoop::base {

namespace {

std::vector<CpuSet> units_in_mask(const CpuSupply& supply) {
    std::vector<CpuSet> units;
    for (const auto& unit : supply.units)
        if (auto cpus = common_cpus(unit, supply.mask); !cpus.empty()) units.push_back(std::move(cpus));
    if (units.empty()) units.push_back(supply.mask);
    return units;
}

/// Units `first` up to `end`, that one not included.
CpuSet put_together(const std::vector<CpuSet>& units, std::size_t first, std::size_t end) {
    CpuSet cpus;
    for (std::size_t k = first; k < end; ++k) cpus.insert(cpus.end(), units[k].begin(), units[k].end());
    std::sort(cpus.begin(), cpus.end());
    cpus.erase(std::unique(cpus.begin(), cpus.end()), cpus.end());
    return cpus;
}

/// The unit in which the middle of the worker's share of all CPUs lies, so that a larger unit gets more workers.
std::size_t unit_of_middle(const std::vector<CpuSet>& units, std::size_t worker, std::size_t workers) {
    std::size_t cpus = 0;
    for (const auto& unit : units) cpus += unit.size();
    const std::size_t middle = (2 * worker + 1) * cpus;  // in 1 / (2 * workers) of a CPU
    std::size_t passed = 0;
    for (std::size_t k = 0; k < units.size(); ++k)
        if (passed += units[k].size(); middle < passed * 2 * workers) return k;
    return units.size() - 1;
}

}  // namespace

Result<std::vector<CpuSet>> deal_cpus(const CpuSupply& supply, std::size_t workers) {
    const std::size_t usable = std::min<std::size_t>(supply.usable, supply.mask.size());
    if (workers > usable)
        return failure({}, std::to_string(workers) + " workers are more than its " + std::to_string(usable) +
                               (usable == 1 ? " usable CPU" : " usable CPUs"));
    const auto units = units_in_mask(supply);
    std::vector<CpuSet> dealt;
    for (std::size_t worker = 0; worker < workers; ++worker) {
        if (workers <= units.size())
            dealt.push_back(
                put_together(units, worker * units.size() / workers, (worker + 1) * units.size() / workers));
        else
            dealt.push_back(units[unit_of_middle(units, worker, workers)]);
    }
    return dealt;
}

}  // namespace scoop::base
