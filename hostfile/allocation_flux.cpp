// Flux: an instance (flux batch, flux alloc, flux start) or a job in one (flux run) is described in JSON, which flux(1)
// prints: the R_lite and nodelist of Flux RFC 20. Each core is a slot.
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "hostfile/allocation_system.hpp"
#include "hostfile/host_expression.hpp"
#include "hostfile/text.hpp"

namespace scoop::hostfile {

namespace {

using Json = nlohmann::json;

constexpr std::size_t id_digits_max = 9;  // ranks and cores; fits 32 bits

std::optional<JobSign> find_job(const Variables& variables) {
    const std::string* uri = find_variable(variables, "FLUX_URI");
    if (uri == nullptr) return std::nullopt;
    if (const std::string* job = find_variable(variables, "FLUX_JOB_ID")) return JobSign{"FLUX_JOB_ID", *job};
    return JobSign{"FLUX_URI", *uri};
}

tl::unexpected<base::Failure> refused(const std::string& command, const std::string& why) {
    return base::failure(command, why,
                         "name the hosts with --hosts or --hostfile, or ignore the job with --batch none");
}

/// The numbers of an idset such as "0-3,7" or "[0-3]" (RFC 22), ascending as they stand there.
std::optional<std::vector<std::uint32_t>> parse_idset(std::string_view text) {
    if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
    std::vector<std::uint32_t> ids;
    while (!text.empty()) {
        const std::string_view range = text.substr(0, text.find(','));
        const std::size_t dash = range.find('-');
        const auto first = parse_number(range.substr(0, dash));
        const auto last = dash == std::string_view::npos ? first : parse_number(range.substr(dash + 1));
        if (!first || !last || *last < *first || range.size() > 2 * id_digits_max + 1 ||
            *last - *first >= mentions_max - ids.size())
            return std::nullopt;
        for (std::uint64_t id = *first; id <= *last; ++id) ids.push_back(static_cast<std::uint32_t>(id));
        text.remove_prefix(std::min(text.size(), range.size() + 1));
    }
    return ids;
}

/// The cores of each rank, by R_lite.
std::optional<std::map<std::uint32_t, std::uint32_t>> parse_cores(const Json& entries) {
    std::map<std::uint32_t, std::uint32_t> cores_of_rank;
    for (const Json& entry : entries) {
        const auto ranks = parse_idset(entry.at("rank").get<std::string>());
        const auto cores = parse_idset(entry.at("children").at("core").get<std::string>());
        if (!ranks || ranks->empty() || !cores || cores->empty()) return std::nullopt;
        for (const std::uint32_t rank : *ranks) cores_of_rank[rank] += static_cast<std::uint32_t>(cores->size());
        if (cores_of_rank.size() > mentions_max) return std::nullopt;
    }
    return cores_of_rank;
}

/// The names of "nodelist": hostlists, whose order is that of the ranks.
Parsed<std::vector<std::string>> parse_names(const Json& lists) {
    std::vector<std::string> names;
    for (const Json& element : lists) {
        auto some = expand_names(element.get<std::string>(), mentions_max - names.size());
        if (!some) return some;
        names.insert(names.end(), some->begin(), some->end());
    }
    return names;
}

base::Result<JobHosts> read_resources(const std::string& text, const std::string& command) try {
    const Json execution = Json::parse(text).at("execution");
    const auto cores = parse_cores(execution.at("R_lite"));
    if (!cores || cores->empty()) return refused(command, "its R_lite is not as expected");
    const auto names = parse_names(execution.at("nodelist"));
    if (!names) return refused(command, "its nodelist: " + names.error().sentence);
    if (names->size() != cores->size())
        return contradiction("R_lite", "nodelist of " + command,
                             std::to_string(cores->size()) + " ranks and " + std::to_string(names->size()) + " hosts");
    JobHosts job;
    auto name = names->begin();
    for (const auto& [rank, count] : *cores)
        if (auto added = job.add(*name++, count, "R_lite"); !added) return tl::unexpected(std::move(added.error()));
    job.add_source(command);
    return job;
} catch (const Json::exception& error) {
    return refused(command, std::string("what it prints is not as expected: ") + error.what());
}

base::Result<JobHosts> read_hosts(const JobSources& sources) {
    std::vector<std::string> command{"flux", "resource", "R"};
    if (const std::string* job = find_variable(sources.variables, "FLUX_JOB_ID"))
        command = {"flux", "job", "info", *job, "R"};
    std::string words;
    for (const std::string& word : command) words += (words.empty() ? "" : " ") + word;
    const auto text = sources.run_command(command);
    if (!text) return tl::unexpected(text.error());
    return read_resources(*text, words);
}

}  // namespace

const BatchSystem flux_system{"flux", "Flux", "flux", find_job, read_hosts};

}  // namespace scoop::hostfile
