// How many CPUs this process may use: its affinity mask and the CPU quota of its cgroup. Any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace scoop::base {

/// The content of a file of /proc or /sys; nothing when it cannot be read.
using ReadFile = std::function<std::optional<std::string>(const std::string& path)>;

/// CPUs per second of time that the cgroup of this process and those around it allow, the least of all; nothing when
/// none has a limit. Knows version 2 (cpu.max) and version 1 (cpu.cfs_quota_us), also where both are mounted, and a
/// container that sees its own cgroup as the root. Files: /proc/self/cgroup, /proc/self/mountinfo, see cgroups(7).
[[nodiscard]] std::optional<double> cgroup_cpu_quota(const ReadFile& read_file);

/// CPUs in the affinity mask of the calling thread, at least 1.
[[nodiscard]] std::uint32_t affinity_cpus();

/// The smaller of both, the quota rounded up, at least 1.
[[nodiscard]] std::uint32_t usable_cpus(std::uint32_t in_mask, std::optional<double> quota);
[[nodiscard]] std::uint32_t usable_cpus();

}  // namespace scoop::base
