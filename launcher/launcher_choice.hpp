// What reaches the other hosts of a job: what --launcher says, else what the batch system starts its jobs' tasks with.
//
// Looks for programs and may run one; any thread.
#pragma once

#include <string>
#include <vector>

#include "base/failure.hpp"
#include "launcher/host_choice.hpp"
#include "launcher/options.hpp"
#include "launcher/starter.hpp"

namespace scoop::launcher {

struct LauncherChoice {
    Launcher launcher;
    std::string detail;  ///< what -v tells; may be empty
};

/// `variables` is our environment, "NAME=value" each. Without --launcher the starter of the batch job is taken if all
/// hosts are the job's, it is found in PATH, and nothing the user said is about SSH. A failure: --launcher names a
/// starter whose job is not around us.
[[nodiscard]] base::Result<LauncherChoice> choose_launcher(const Options& options, const HostChoice& hosts,
                                                           const std::vector<std::string>& variables);

}  // namespace scoop::launcher
