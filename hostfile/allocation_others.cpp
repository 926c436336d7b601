// Systems that only name a list of hosts: Cobalt, LoadLeveler and the MPI operator of Kubernetes.
#include <optional>
#include <string>
#include <utility>

#include "hostfile/allocation_system.hpp"
#include "hostfile/hostfile.hpp"

namespace scoop::hostfile {

namespace {

std::optional<JobSign> find_cobalt_job(const Variables& variables) {
    const std::string* job = find_variable(variables, "COBALT_JOBID");
    if (job == nullptr) return std::nullopt;
    return JobSign{"COBALT_JOBID", *job};
}

/// Cobalt gives whole hosts, and its file has each of them once.
base::Result<JobHosts> read_cobalt_hosts(const JobSources& sources) {
    if (find_variable(sources.variables, "COBALT_NODEFILE") == nullptr)
        return base::failure("COBALT_NODEFILE is not set",
                             find_variable(sources.variables, "COBALT_PARTNAME") != nullptr
                                 ? "COBALT_PARTNAME has numbers, which are not names of hosts"
                                 : "its hosts are told nowhere else");
    const auto lines = count_lines(sources, "COBALT_NODEFILE");
    if (!lines) return lines;
    JobHosts job;
    const bool is_each_once = lines->slots_total() == lines->hosts().size();
    for (const Host& host : lines->hosts())
        if (auto added = job.add(host.name, is_each_once ? std::nullopt : host.slots, host.origin); !added)
            return tl::unexpected(std::move(added.error()));
    job.add_source("COBALT_NODEFILE");
    return job;
}

std::optional<JobSign> find_load_leveler_job(const Variables& variables) {
    const std::string* job = find_variable(variables, "LOADL_STEP_ID");
    if (job == nullptr) return std::nullopt;
    return JobSign{"LOADL_STEP_ID", *job};
}

/// A host for each task, in a file and, up to 128 tasks, in a variable.
base::Result<JobHosts> read_load_leveler_hosts(const JobSources& sources) {
    if (find_variable(sources.variables, "LOADL_HOSTFILE") != nullptr) {
        auto job = count_lines(sources, "LOADL_HOSTFILE");
        if (job) job->add_source("LOADL_HOSTFILE");
        return job;
    }
    const std::string* list = find_variable(sources.variables, "LOADL_PROCESSOR_LIST");
    if (list == nullptr)
        return base::failure("neither LOADL_HOSTFILE nor LOADL_PROCESSOR_LIST is set", "nothing else tells its hosts");
    JobHosts job;
    for (std::string& word : split_words(*list))
        if (auto added = job.add(std::move(word), 1, "LOADL_PROCESSOR_LIST"); !added)
            return tl::unexpected(std::move(added.error()));
    if (job.hosts().empty()) return base::failure("LOADL_PROCESSOR_LIST", "names no host");
    job.add_source("LOADL_PROCESSOR_LIST");
    return job;
}

/// The operator tells its hostfile to the MPI that the job is for.
std::string kubernetes_hostfile(const Variables& variables) {
    return first_variable(variables, {"OMPI_MCA_orte_default_hostfile", "I_MPI_HYDRA_HOST_FILE", "HYDRA_HOST_FILE"});
}

std::optional<JobSign> find_kubernetes_job(const Variables& variables) {
    const std::string* role = find_variable(variables, "K_MPI_JOB_ROLE");
    const std::string file = kubernetes_hostfile(variables);
    if (role == nullptr || *role != "launcher" || file.empty()) return std::nullopt;
    return JobSign{"K_MPI_JOB_ROLE", "of the MPI operator"};
}

/// "NAME.SERVICE slots=2" or "NAME.SERVICE:2", which hostfiles may have anyway. Workers without slots are the same
/// here.
base::Result<JobHosts> read_kubernetes_hosts(const JobSources& sources) {
    const std::string variable = kubernetes_hostfile(sources.variables);
    const std::string& path = *find_variable(sources.variables, variable);
    const auto content = sources.read_file(path);
    if (!content) {
        base::Failure failure = content.error();
        return tl::unexpected(std::move(failure).within(variable));
    }
    auto hosts = parse_hostfile(*content, path);
    if (!hosts) return tl::unexpected(std::move(hosts.error()));
    JobHosts job;
    for (Host& host : *hosts)
        if (auto added = job.add(std::move(host.name), host.slots, host.origin); !added)
            return tl::unexpected(std::move(added.error()));
    job.add_source(variable);
    return job;
}

}  // namespace

const BatchSystem cobalt_system{"cobalt", "Cobalt", "ssh", find_cobalt_job, read_cobalt_hosts};
const BatchSystem load_leveler_system{"loadleveler", "LoadLeveler", "ssh", find_load_leveler_job,
                                      read_load_leveler_hosts};
const BatchSystem kubernetes_system{"kubernetes", "Kubernetes", "ssh", find_kubernetes_job, read_kubernetes_hosts};

}  // namespace scoop::hostfile
