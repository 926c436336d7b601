// Systems that only name a list of hosts: Cobalt, LoadLeveler and the MPI operator of Kubernetes.
#include <algorithm>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

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

/// The operator keeps a script beside the hostfile that prints the workers which run at the moment, for programs that
/// grow and shrink with them. It tells no slots, and at the start of a job the others are just about to come: so none
/// is left out, but who waits for them may see how many there are.
std::optional<std::string> describe_running(const JobSources& sources, const std::string& hostfile,
                                            const std::vector<Host>& hosts) {
    const std::string path = hostfile.substr(0, hostfile.rfind('/') + 1) + "discover_hosts.sh";
    const auto script = sources.read_file(path);
    if (!script) return std::nullopt;
    const auto words = split_words(*script);
    const std::unordered_set<std::string> running(words.begin(), words.end());
    const auto count =
        std::count_if(hosts.begin(), hosts.end(), [&](const Host& host) { return running.contains(host.name); });
    return path + " (" + std::to_string(count) + " of them running)";
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
    if (const auto running = describe_running(sources, path, job.hosts())) job.add_source(*running);
    return job;
}

}  // namespace

const BatchSystem cobalt_system{"cobalt", "Cobalt", "ssh", find_cobalt_job, read_cobalt_hosts};
const BatchSystem load_leveler_system{"loadleveler", "LoadLeveler", "ssh", find_load_leveler_job,
                                      read_load_leveler_hosts};
const BatchSystem kubernetes_system{"kubernetes", "Kubernetes", "ssh", find_kubernetes_job, read_kubernetes_hosts};

}  // namespace scoop::hostfile
