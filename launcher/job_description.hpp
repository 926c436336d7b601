// What the node of one host is told about the job, as far as it follows from the job's set-up. Looks at the terminal;
// any thread.
#pragma once

#include <chrono>

#include "base/ids.hpp"
#include "launcher/job_setup.hpp"
#include "protocol/control.hpp"

namespace scoop::launcher {

inline constexpr std::chrono::seconds heartbeat_interval{1};
/// Without a sign of life for so long a host is lost, and to its node we are.
inline constexpr std::chrono::seconds silence_max{15};

/// Without the name of the job, the way to the root broker and the time that is left for the start. `runs_root_here`:
/// the host is this machine and has the root, so our terminal is the root's.
[[nodiscard]] control::JobDescription describe_job(const JobSetup& setup, const RanksOfHosts& ranks,
                                                   base::HostIndex host, bool runs_root_here);

}  // namespace scoop::launcher
