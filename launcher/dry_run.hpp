// What --dry-run prints: which ranks would run which command on which host, in which directory and environment, as text
// that a shell can be given. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/worker_bindings.hpp"
#include "launcher/job_setup.hpp"

namespace scoop::launcher {

struct DryRun {
    RanksOfHosts ranks;                    ///< of each host
    std::vector<base::HostIndex> guessed;  ///< hosts whose slots nobody wrote down
    std::uint32_t cpus = 1;                ///< which are taken to have so many CPUs, as this machine
    std::string directory;                 ///< the current one
    base::WorkerBindings bindings;         ///< of the ranks on this machine, if --bind-to asks for them
};

/// Comments, and for each host a command that starts the program there as the job would: by itself, as a job of one.
[[nodiscard]] std::string describe_dry_run(const JobSetup& setup, const DryRun& dry_run);

}  // namespace scoop::launcher
