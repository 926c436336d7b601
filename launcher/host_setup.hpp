// HostSetup of a planned host: what the options and the hostfile come to for its node and its workers.
//
// Looks at the program's file; any thread.
#pragma once

#include <string>
#include <vector>

#include "launcher/job_setup.hpp"
#include "launcher/options.hpp"
#include "launcher/plan.hpp"
#include "launcher/stage_order.hpp"
#include "launcher/starter.hpp"

namespace scoop::launcher {

/// To the other hosts.
struct Way {
    Launcher launcher;
    std::string own_user;
};

/// The files are those of the options, as this machine names them; where they go the host's own variables may say.
[[nodiscard]] StageOrder stage_order(const Options& options, const std::vector<std::string>& environment);

/// What the hostfile says of a host counts for it, and the options for everything else. `program` is its path,
/// `environment` what -x passes on.
[[nodiscard]] HostSetup host_setup(const PlannedHost& planned, const Options& options, const std::string& program,
                                   const Way& way, const std::vector<std::string>& environment);

}  // namespace scoop::launcher
