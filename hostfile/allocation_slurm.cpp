// Slurm: SLURM_JOB_NODELIST with SLURM_TASKS_PER_NODE, for each part of a heterogeneous job, and for a job step those
// of the step. The variables are those of sbatch(1), salloc(1) and srun(1).
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "hostfile/allocation_system.hpp"
#include "hostfile/text.hpp"

namespace scoop::hostfile {

namespace {

constexpr const char* interactive_step = "4294967290";  // SLURM_INTERACTIVE_STEP of slurm.h
constexpr std::uint64_t groups_max = 256;               // MAX_HET_JOB_COMPS of Slurm is 128

/// The names of the variables that describe the job, one of its groups or a step.
struct Names {
    std::vector<std::string> nodes;
    std::vector<std::string> node_count;
    std::vector<std::string> tasks;  ///< on each node
    std::vector<std::string> cpus;   ///< the same, when tasks are not counted
    std::vector<std::string> cpus_per_task;
};

const Names& names_of_job() {
    static const Names names{{"SLURM_JOB_NODELIST", "SLURM_NODELIST"},
                             // SLURM_NNODES is not asked: in a step it is the step's.
                             {"SLURM_JOB_NUM_NODES"},
                             {"SLURM_TASKS_PER_NODE"},
                             {"SLURM_JOB_CPUS_PER_NODE"},
                             {"SLURM_CPUS_PER_TASK"}};
    return names;
}

/// Until Slurm 20.02 a group was called a pack.
Names names_of_group(std::uint64_t group) {
    const auto both = [&](const std::string& name) {
        const std::string number = std::to_string(group);
        return std::vector{name + "_HET_GROUP_" + number, name + "_PACK_GROUP_" + number};
    };
    return {both("SLURM_JOB_NODELIST"), both("SLURM_JOB_NUM_NODES"), both("SLURM_TASKS_PER_NODE"),
            both("SLURM_JOB_CPUS_PER_NODE"), both("SLURM_CPUS_PER_TASK")};
}

/// Whether the variables of the job hold what srun has made of them for one of its steps, which may be on a part of the
/// hosts. The shell that salloc opens on a host is a step as well, but keeps the job's; in a heterogeneous job only the
/// number of its step tells.
bool is_in_step(const Variables& variables) {
    if (const std::string* step = find_variable(variables, "SLURM_STEP_ID");
        step != nullptr && *step == interactive_step)
        return false;
    const std::string* tasks = find_variable(variables, "SLURM_TASKS_PER_NODE");
    const std::string* step_tasks = find_variable(variables, "SLURM_STEP_TASKS_PER_NODE");
    return tasks != nullptr && step_tasks != nullptr && *tasks == *step_tasks &&
           find_variable(variables, "SLURM_STEP_NODELIST") != nullptr;
}

Names names_of_step() {
    return {{"SLURM_STEP_NODELIST"}, {"SLURM_STEP_NUM_NODES"}, {"SLURM_STEP_TASKS_PER_NODE"}, {}, {}};
}

std::optional<JobSign> find_job(const Variables& variables) {
    const std::string job = first_variable(variables, {"SLURM_JOB_ID", "SLURM_JOBID"});
    const std::string nodes = first_variable(
        variables,
        {"SLURM_JOB_NODELIST", "SLURM_NODELIST", "SLURM_JOB_NODELIST_HET_GROUP_0", "SLURM_JOB_NODELIST_PACK_GROUP_0"});
    if (job.empty() || nodes.empty()) return std::nullopt;
    return JobSign{job, *find_variable(variables, job)};
}

struct Counts {
    std::vector<std::uint32_t> counts;
    std::string source;
};

/// The workers for each host: the tasks, or as many as its CPUs allow.
base::Result<Counts> read_slots(const Variables& variables, const Names& names) {
    if (const std::string tasks = first_variable(variables, names.tasks); !tasks.empty()) {
        auto counts = read_counts(variables, tasks);
        if (!counts) return tl::unexpected(std::move(counts.error()));
        return Counts{std::move(*counts), tasks};
    }
    const std::string cpus = first_variable(variables, names.cpus);
    if (cpus.empty())
        return base::failure("neither " + names.tasks.front() + " nor " + names.cpus.front() + " is set",
                             "nothing tells how many workers a host may have");
    auto counts = read_counts(variables, cpus);
    if (!counts) return tl::unexpected(std::move(counts.error()));
    const std::string per_task = first_variable(variables, names.cpus_per_task);
    if (per_task.empty()) return Counts{std::move(*counts), cpus};
    const auto divisor = read_number(variables, per_task);
    if (!divisor) return tl::unexpected(divisor.error());
    for (std::uint32_t& count : *counts) {
        if (count < **divisor)
            return contradiction(
                cpus, per_task,
                "a host has " + std::to_string(count) + " CPUs, and a task needs " + std::to_string(**divisor));
        count /= **divisor;
    }
    return Counts{std::move(*counts), cpus + " divided by " + per_task};
}

/// Adds the hosts of the job, a group or a step, and returns what told them.
base::Result<std::string> add_hosts(const Variables& variables, const Names& names, JobHosts& job) {
    const std::string list = first_variable(variables, names.nodes);
    if (list.empty()) return base::failure(names.nodes.front() + " is not set", "its hosts are told nowhere else");
    auto hosts = read_names(variables, list);
    if (!hosts) return tl::unexpected(std::move(hosts.error()));
    if (const std::string variable = first_variable(variables, names.node_count); !variable.empty()) {
        const auto number = read_number(variables, variable);
        if (!number) return tl::unexpected(number.error());
        if (**number != hosts->size())
            return contradiction(list, variable,
                                 std::to_string(hosts->size()) + " and " + std::to_string(**number) + " hosts");
    }
    const auto slots = read_slots(variables, names);
    if (!slots) return tl::unexpected(slots.error());
    if (slots->counts.size() != hosts->size())
        return contradiction(
            list, slots->source,
            std::to_string(hosts->size()) + " hosts and numbers for " + std::to_string(slots->counts.size()));
    for (std::size_t index = 0; index < hosts->size(); ++index)
        if (auto added = job.add(std::move((*hosts)[index]), slots->counts[index], slots->source); !added)
            return tl::unexpected(std::move(added.error()));
    return list + " and " + slots->source;
}

base::Result<JobHosts> read_hosts(const JobSources& sources) {
    const Variables& variables = sources.variables;
    JobHosts job;
    const std::string size = first_variable(variables, {"SLURM_HET_SIZE", "SLURM_PACK_SIZE"});
    const bool is_step = is_in_step(variables);
    if (size.empty() || is_step) {
        auto source = add_hosts(variables, is_step ? names_of_step() : names_of_job(), job);
        if (!source) return tl::unexpected(std::move(source.error()));
        job.add_source(*source);
        return job;
    }
    const auto groups = read_number(variables, size);
    if (!groups) return tl::unexpected(groups.error());
    if (**groups > groups_max)
        return base::failure(
            size, "has " + std::to_string(**groups) + ", expected at most " + std::to_string(groups_max) + " groups");
    for (std::uint32_t group = 0; group < **groups; ++group) {
        auto source = add_hosts(variables, names_of_group(group), job);
        if (!source) return tl::unexpected(std::move(source.error()));
        if (group == 0) job.add_source(*source + ", and so for each of " + std::to_string(**groups) + " groups");
    }
    return job;
}

}  // namespace

const BatchSystem slurm_system{"slurm", "Slurm", "srun", find_job, read_hosts};

}  // namespace scoop::hostfile
