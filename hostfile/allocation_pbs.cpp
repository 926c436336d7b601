// PBS Pro, OpenPBS and Torque: the lines of PBS_NODEFILE, a host as often as it has processes.
//
// The variables are those of qsub(1B). Several vnodes of a host are several lines with the host's name. PBS Pro writes
// one line for each chunk unless mpiprocs says more; Torque writes ppn lines for each node, but some sites list each
// node once and leave ppn to PBS_NUM_PPN.
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "hostfile/allocation_system.hpp"

namespace scoop::hostfile {

namespace {

// Slurm can be made to set PBS_JOBID too, but not PBS_ENVIRONMENT.
std::optional<JobSign> find_job(const Variables& variables) {
    if (find_variable(variables, "PBS_ENVIRONMENT") == nullptr) return std::nullopt;
    const std::string* job = find_variable(variables, "PBS_JOBID");
    if (job == nullptr) return std::nullopt;
    return JobSign{"PBS_JOBID", *job};
}

/// The processes of each node of Torque when its file has every node once and the three numbers say the same of all.
base::Result<std::optional<std::uint32_t>> processes_of_each(const Variables& variables, const JobHosts& job) {
    const auto nodes = read_number(variables, "PBS_NUM_NODES");
    if (!nodes) return nodes;
    const auto each = read_number(variables, "PBS_NUM_PPN");
    if (!each) return each;
    const auto all = read_number(variables, "PBS_NP");
    if (!all) return all;
    const bool is_each_once = job.slots_total() == job.hosts().size();
    const bool is_told = *nodes && *each && *all && **nodes == job.hosts().size() &&
                         std::uint64_t{**nodes} * **each == **all && **each > 1;
    return is_each_once && is_told ? *each : std::nullopt;
}

/// Who asks PBS Pro for CPUs only gets one process to a chunk, which surprises most.
std::string remark_on_cpus(const Variables& variables, const JobHosts& job) {
    const auto cpus = read_number(variables, "NCPUS");
    if (!cpus || !*cpus || **cpus == 1 || job.slots_total() != job.hosts().size()) return {};
    return " (each host once; with mpiprocs=" + std::to_string(**cpus) +
           " in -l select it would have a worker for each of its NCPUS)";
}

base::Result<JobHosts> read_hosts(const JobSources& sources) {
    if (find_variable(sources.variables, "PBS_NODEFILE") == nullptr)
        return base::failure("PBS_NODEFILE is not set", "its hosts are told nowhere else");
    auto job = count_lines(sources, "PBS_NODEFILE");
    if (!job) return job;
    const auto each = processes_of_each(sources.variables, *job);
    if (!each) return tl::unexpected(each.error());
    if (!*each) {
        job->add_source("PBS_NODEFILE" + remark_on_cpus(sources.variables, *job));
        return job;
    }
    JobHosts with_processes;
    for (const Host& host : job->hosts())
        if (auto added = with_processes.add(host.name, **each, "PBS_NUM_PPN"); !added)
            return tl::unexpected(std::move(added.error()));
    with_processes.add_source("PBS_NODEFILE and PBS_NUM_PPN");
    return with_processes;
}

}  // namespace

const BatchSystem pbs_system{"pbs", "PBS", "pbs_tmrsh pbsdsh", find_job, read_hosts};

}  // namespace scoop::hostfile
