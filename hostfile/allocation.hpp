// Allocation: the hosts that a batch system has given to the job in which we run, and how many workers each may have.
//
// What a batch system says of a job is in environment variables, some of which name a file; of Flux a command tells it.
// docs/batch.md tells what is
// read of which system. Pure; any thread.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/failure.hpp"
#include "hostfile/host.hpp"

namespace scoop::hostfile {

using Variables = std::map<std::string, std::string, std::less<>>;

/// Where a job is described. The functions are asked only for what the variables lead to.
struct JobSources {
    Variables variables;
    std::function<base::Result<std::string>(const std::string& path)> read_file;
    std::function<base::Result<std::string>(const std::vector<std::string>& command)> run_command;  ///< its stdout
};

struct Allocation {
    std::string system;  ///< as --batch names it: "slurm"
    std::string job;     ///< for messages: "Slurm job 8"
    std::string
        starter;  ///< what reaches its hosts best, as --launcher names it: the first of these words that is there
    std::vector<Host> hosts;  ///< at least one, in the order of the system, none named twice; without slots: all CPUs
    std::string sources;      ///< what told the hosts: "SLURM_JOB_NODELIST and SLURM_TASKS_PER_NODE"
};

/// What --batch takes beside auto and none.
[[nodiscard]] const std::vector<std::string_view>& batch_system_names();

/// The allocation of the batch job that `sources` describe; nothing when they describe none. With `system`, one of
/// batch_system_names(), only that system is looked for, and not to find its job is a failure; empty: any.
///
/// A job whose description contradicts itself, or two jobs of different systems, are a failure that names the
/// variables. No host is left out and no name is changed.
[[nodiscard]] base::Result<std::optional<Allocation>> find_allocation(const JobSources& sources,
                                                                      std::string_view system = {});

/// A line for -v: what was found, and why.
[[nodiscard]] std::string describe_allocation(const Allocation& allocation);

}  // namespace scoop::hostfile
