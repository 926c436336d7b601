// How many CPUs this process may use: its affinity mask and the CPU quota of its cgroup. Any thread.
#pragma once

#include <cstdint>
#include <optional>

#include "base/cgroup.hpp"

namespace scoop::base {

/// CPUs per second of time that the cgroup of this process and those around it allow, the least of all; nothing when
/// none has a limit: cpu.max of version 2, cpu.cfs_quota_us of version 1.
[[nodiscard]] std::optional<double> cgroup_cpu_quota(const ReadFile& read_file);

/// CPUs in the affinity mask of the calling thread, at least 1.
[[nodiscard]] std::uint32_t affinity_cpus();

/// The smaller of both, the quota rounded up, at least 1.
[[nodiscard]] std::uint32_t usable_cpus(std::uint32_t in_mask, std::optional<double> quota);
[[nodiscard]] std::uint32_t usable_cpus();

}  // namespace scoop::base
