// Which CPUs of its host each worker is bound to. Pure; any thread.
//
// The CPUs are those that this process may use: what a batch system, a container or taskset has taken from it stays
// taken. Where there are as many units (cores, sockets, NUMA nodes) as workers or more, each worker gets its equal
// share of whole units; where there are fewer, neighbours share one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/cpu_set.hpp"
#include "base/failure.hpp"

namespace scoop::base {

/// What the workers of a host are dealt out over.
struct CpuSupply {
    CpuSet mask;                ///< all that this process may use
    std::uint32_t usable = 0;   ///< how many of them, by the quota of its cgroup
    std::vector<CpuSet> units;  ///< of the whole machine, in its order
};

/// One set for each worker. Failure: there are more workers than usable CPUs; bound, two would share one while others
/// idle whenever they are not equally busy.
[[nodiscard]] Result<std::vector<CpuSet>> deal_cpus(const CpuSupply& supply, std::size_t workers);

}  // namespace scoop::base
