// Which CPUs are of one core, one socket, one NUMA node: what hwloc knows of this machine. One thread.
//
// hwloc is loaded when it is asked for the first time and no program is linked with it: a program of the user's would
// not start on a host that lacks the library, though hardly any job asks for it.
#pragma once

#include <string>
#include <vector>

#include "base/cpu_set.hpp"
#include "base/failure.hpp"

namespace scoop::base {

enum class CpuUnit { core, socket, numa };

/// The CPUs of each such unit, in the order of the machine: neighbours are close to each other. A machine that does not
/// tell of its units is taken for one of cores with one CPU each, or for a single socket and NUMA node. Failure:
/// libhwloc is not installed, or cannot read this machine. `synthetic` describes another machine instead of this one,
/// in hwloc's words: "pack:2 core:4 pu:2".
[[nodiscard]] Result<std::vector<CpuSet>> read_cpu_units(CpuUnit unit, const std::string& synthetic = {});

}  // namespace scoop::base
