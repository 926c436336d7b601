// What a request to join a running job comes to: the hosts it names, set up as those that were there from the start.
// Reads no file and asks nobody; any thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/failure.hpp"
#include "launcher/job_request.hpp"
#include "launcher/job_setup.hpp"
#include "launcher/options.hpp"
#include "launcher/plan.hpp"

namespace scoop::launcher {

/// What -H and --hostfile of --join name.
[[nodiscard]] base::Result<std::vector<hostfile::Host>> joining_hosts(const JobRequest& request);

/// `options` are the job's own; `set_up` makes the set-up of one host.
[[nodiscard]] base::Result<std::vector<JoiningSetup>> plan_join(
    const JobRequest& request, const Options& options, const LocalFacts& facts,
    const std::function<HostSetup(const PlannedHost&)>& set_up);

}  // namespace scoop::launcher
