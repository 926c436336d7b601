#include "hostfile/allocation.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/assert.hpp"
#include "hostfile/allocation_system.hpp"

namespace scoop::hostfile {

namespace {

constexpr const char* ways_out = "name the hosts with --hosts or --hostfile, or ignore the job with --batch none";

const std::array systems{&slurm_system, &pbs_system,    &flux_system,         &grid_engine_system,
                         &lsf_system,   &cobalt_system, &load_leveler_system, &kubernetes_system};

struct FoundJob {
    const BatchSystem* system;
    JobSign sign;
    [[nodiscard]] std::string title() const { return std::string(system->title) + " job " + sign.id; }
};

std::vector<FoundJob> find_jobs(const Variables& variables, std::string_view system) {
    std::vector<FoundJob> jobs;
    for (const BatchSystem* candidate : systems)
        if (system.empty() || candidate->name == system)
            if (auto sign = candidate->find_job(variables)) jobs.push_back({candidate, std::move(*sign)});
    return jobs;
}

base::Result<Allocation> read_allocation(const JobSources& sources, const FoundJob& job) {
    const std::string attempt = "find the hosts of " + job.title();
    auto read = job.system->read_hosts(sources);
    if (!read) {
        base::Failure failure = std::move(read.error()).within(attempt);
        if (failure.advice.empty()) failure.advice = ways_out;
        return tl::unexpected(std::move(failure));
    }
    SCOOP_ASSERT(!read->hosts().empty());
    return Allocation{std::string(job.system->name), job.title(), std::string(job.system->starter), read->hosts(),
                      read->sources()};
}

std::string plural(std::uint64_t count, const char* noun) {
    return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace

const std::vector<std::string_view>& batch_system_names() {
    static const std::vector<std::string_view> names = [] {
        std::vector<std::string_view> all;
        for (const BatchSystem* system : systems) all.push_back(system->name);
        return all;
    }();
    return names;
}

base::Result<std::optional<Allocation>> find_allocation(const JobSources& sources, std::string_view system) {
    const auto jobs = find_jobs(sources.variables, system);
    if (jobs.empty() && system.empty()) return std::nullopt;
    if (jobs.empty())
        return base::failure("--batch " + std::string(system), "no variable tells of such a job",
                             "leave it out, or run this inside the job");
    if (jobs.size() > 1)
        return base::failure("find the batch job",
                             jobs[0].sign.variable + " tells of " + jobs[0].title() + ", and " + jobs[1].sign.variable +
                                 " of " + jobs[1].title(),
                             "say which with --batch " + std::string(jobs[0].system->name) + " or --batch " +
                                 std::string(jobs[1].system->name));
    auto allocation = read_allocation(sources, jobs.front());
    if (!allocation) return tl::unexpected(std::move(allocation.error()));
    return std::move(*allocation);
}

std::string describe_allocation(const Allocation& allocation) {
    std::uint64_t slots = 0;
    bool is_counted = true;
    for (const Host& host : allocation.hosts) {
        slots += host.slots.value_or(0);
        is_counted = is_counted && host.slots;
    }
    return allocation.job + ": " + plural(allocation.hosts.size(), "host") + " with " +
           (is_counted ? plural(slots, "slot") : "all their CPUs") + ", by " + allocation.sources;
}

}  // namespace scoop::hostfile
