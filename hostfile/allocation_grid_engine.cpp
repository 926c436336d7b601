// Grid Engine (SGE, Son of Grid Engine, Univa, Open Grid Scheduler): the lines of PE_HOSTFILE, "host slots queue
// processors", as sge_pe(5) says. A host with slots of two queues has two lines.
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "hostfile/allocation_system.hpp"
#include "hostfile/host_expression.hpp"

namespace scoop::hostfile {

namespace {

std::optional<JobSign> find_job(const Variables& variables) {
    const std::string* job = find_variable(variables, "JOB_ID");
    const bool has_hosts = !first_variable(variables, {"PE_HOSTFILE", "NSLOTS"}).empty();
    if (job == nullptr || !has_hosts || find_variable(variables, "SGE_ROOT") == nullptr) return std::nullopt;
    return JobSign{"JOB_ID", *job};
}

base::Result<JobHosts> read_hosts(const JobSources& sources) {
    const auto slots_total = read_number(sources.variables, "NSLOTS");
    if (!slots_total) return tl::unexpected(slots_total.error());
    JobHosts job;
    if (find_variable(sources.variables, "PE_HOSTFILE") == nullptr) {
        // No parallel environment was asked for.
        if (auto added = job.add("localhost", *slots_total, "NSLOTS"); !added)
            return tl::unexpected(std::move(added.error()));
        job.add_source("NSLOTS, without a parallel environment");
        return job;
    }
    const auto lines = read_words_of_file(sources, "PE_HOSTFILE");
    if (!lines) return tl::unexpected(lines.error());
    for (const auto& words : *lines) {
        if (words.size() < 2) return base::failure("PE_HOSTFILE", "expected a number of slots behind " + words.front());
        const auto slots = parse_slots(words[1], 0);
        if (!slots) return base::failure("PE_HOSTFILE", words.front() + " has " + slots.error().sentence);
        if (auto added = job.add(words.front(), *slots, "PE_HOSTFILE"); !added)
            return tl::unexpected(std::move(added.error()));
    }
    if (*slots_total && **slots_total != job.slots_total())
        return contradiction("PE_HOSTFILE", "NSLOTS",
                             std::to_string(job.slots_total()) + " and " + std::to_string(**slots_total) + " slots");
    job.add_source("PE_HOSTFILE");
    return job;
}

}  // namespace

const BatchSystem grid_engine_system{"sge", "Grid Engine", "qrsh", find_job, read_hosts};

}  // namespace scoop::hostfile
