// LSF: LSB_DJOB_HOSTFILE, a file with a host for each slot, or LSB_MCPU_HOSTS, "host slots host slots …", or LSB_HOSTS,
// a host for each slot, which LSF leaves out for large jobs.
#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "hostfile/allocation_system.hpp"
#include "hostfile/host_expression.hpp"
#include "hostfile/text.hpp"

namespace scoop::hostfile {

namespace {

std::optional<JobSign> find_job(const Variables& variables) {
    const std::string* job = find_variable(variables, "LSB_JOBID");
    if (job == nullptr || first_variable(variables, {"LSB_DJOB_HOSTFILE", "LSB_MCPU_HOSTS", "LSB_HOSTS"}).empty())
        return std::nullopt;
    return JobSign{"LSB_JOBID", *job};
}

base::Result<JobHosts> read_pairs(const std::string& variable, const std::string& text) {
    JobHosts job;
    const auto words = split_words(text);
    if (words.empty() || words.size() % 2 != 0)
        return base::failure(variable, "expected pairs of a host and its slots, as in \"hosta 4 hostb 2\"");
    for (std::size_t index = 0; index < words.size(); index += 2) {
        const auto slots = parse_slots(words[index + 1], 0);
        if (!slots) return base::failure(variable, words[index] + " has " + slots.error().sentence);
        if (auto added = job.add(words[index], *slots, variable); !added)
            return tl::unexpected(std::move(added.error()));
    }
    job.add_source(variable);
    return job;
}

using SlotsOfHosts = std::map<std::string, std::uint32_t>;  ///< by the name in small letters

SlotsOfHosts slots_of(const JobHosts& job) {
    SlotsOfHosts slots;
    for (const Host& host : job.hosts()) slots[lower_case(host.name)] = host.slots.value_or(0);
    return slots;
}

/// How `one` and `other`, which should be the same hosts with the same slots, differ; empty: they do not.
std::string find_difference(const SlotsOfHosts& one, const SlotsOfHosts& other) {
    const auto [mine, theirs] = std::mismatch(one.begin(), one.end(), other.begin(), other.end());
    if (mine == one.end() && theirs == other.end()) return {};
    const std::string& name =
        theirs == other.end() || (mine != one.end() && mine->first < theirs->first) ? mine->first : theirs->first;
    const auto told = [&](const SlotsOfHosts& slots) {
        const auto found = slots.find(name);
        return std::to_string(found == slots.end() ? 0 : found->second);
    };
    return name + " has " + told(one) + " and " + told(other) + " slots";
}

base::Result<JobHosts> read_hosts(const JobSources& sources) {
    const std::string* pairs = find_variable(sources.variables, "LSB_MCPU_HOSTS");
    if (find_variable(sources.variables, "LSB_DJOB_HOSTFILE") != nullptr) {
        auto job = count_lines(sources, "LSB_DJOB_HOSTFILE");
        if (job) job->add_source("LSB_DJOB_HOSTFILE");
        if (!job || pairs == nullptr) return job;
        const auto same = read_pairs("LSB_MCPU_HOSTS", *pairs);
        if (!same) return same;
        if (const auto difference = find_difference(slots_of(*job), slots_of(*same)); !difference.empty())
            return contradiction("LSB_DJOB_HOSTFILE", "LSB_MCPU_HOSTS", difference);
        return job;
    }
    if (pairs != nullptr) return read_pairs("LSB_MCPU_HOSTS", *pairs);
    JobHosts job;
    for (std::string& word : split_words(*find_variable(sources.variables, "LSB_HOSTS")))
        if (auto added = job.add(std::move(word), 1, "LSB_HOSTS"); !added)
            return tl::unexpected(std::move(added.error()));
    if (job.hosts().empty()) return base::failure("LSB_HOSTS", "names no host");
    job.add_source("LSB_HOSTS");
    return job;
}

}  // namespace

const BatchSystem lsf_system{"lsf", "LSF", "blaunch", find_job, read_hosts};

}  // namespace scoop::hostfile
