// CPUs by their numbers: those that a thread may run on. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/failure.hpp"

namespace scoop::base {

/// As the kernel numbers them, ascending, each once.
using CpuSet = std::vector<std::uint32_t>;

/// The affinity mask of the calling thread; empty if the kernel does not tell. The kernel keeps the mask within the
/// cpuset of the cgroup, sched_setaffinity(2), so that needs no look of its own.
[[nodiscard]] CpuSet affinity_mask();

/// From now on the calling thread runs on these only, and so does every process and thread that it starts.
[[nodiscard]] Result<void> bind_this_thread(const CpuSet& cpus);

/// As the kernel and taskset write them: "0-3,8".
[[nodiscard]] std::string cpu_list_text(const CpuSet& cpus);
/// "CPU 8" or "CPUs 0-3,8".
[[nodiscard]] std::string cpus_text(const CpuSet& cpus);

/// What is in both.
[[nodiscard]] CpuSet common_cpus(const CpuSet& first, const CpuSet& second);

}  // namespace scoop::base
