// HostChoice: the hosts that a job may use: those of -H or of the hostfile, else those of the batch job we are in, else
// only this machine.
//
// Reads files, asks the name service and may run a command; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/failure.hpp"
#include "hostfile/allocation.hpp"
#include "hostfile/host.hpp"
#include "launcher/options.hpp"
#include "launcher/plan.hpp"

namespace scoop::launcher {

struct HostChoice {
    std::vector<hostfile::Host> hosts;        ///< empty: this machine
    std::optional<hostfile::Allocation> job;  ///< of the batch job, whether its hosts are used or not
    bool are_of_job = false;                  ///< all hosts are the batch job's
    std::vector<std::string> notes;           ///< what the user should know
    std::vector<std::string> details;         ///< what -v tells
};

/// With --exclude applied. `variables` is the environment, "NAME=value" each.
///
/// Hosts that are named win over the batch job, but are compared with it: a note tells of those that it does not have,
/// and a host named without slots has those of the job.
[[nodiscard]] base::Result<HostChoice> choose_hosts(const Options& options, const std::vector<std::string>& variables,
                                                    const LocalFacts& facts);

}  // namespace scoop::launcher
