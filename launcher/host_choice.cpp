#include "launcher/host_choice.hpp"

#include <chrono>
#include <cstddef>
#include <utility>

#include "hostfile/allocation_check.hpp"
#include "hostfile/exclusion.hpp"
#include "hostfile/hostfile.hpp"
#include "hostfile/hostlist.hpp"
#include "launcher/machine.hpp"
#include "launcher/program_output.hpp"
#include "launcher/text_file.hpp"

namespace scoop::launcher {

namespace {

constexpr std::chrono::seconds command_time_max{20};

hostfile::JobSources make_sources(const std::vector<std::string>& variables) {
    hostfile::JobSources sources;
    for (const std::string& variable : variables) {
        const std::size_t equals = variable.find('=');
        if (equals != std::string::npos)
            sources.variables.emplace(variable.substr(0, equals), variable.substr(equals + 1));
    }
    sources.read_file = [](const std::string& path) { return read_text_file("read " + path, path, "a list of hosts"); };
    sources.run_command = [](const std::vector<std::string>& command) {
        return output_of_program(command, command_time_max);
    };
    return sources;
}

base::Result<std::optional<hostfile::Allocation>> find_job(const Options& options,
                                                           const std::vector<std::string>& variables) {
    if (options.batch == batch_none) return std::nullopt;
    return hostfile::find_allocation(make_sources(variables), options.batch == batch_auto ? "" : options.batch);
}

base::Result<std::vector<hostfile::Host>> read_named_hosts(const Options& options) {
    if (!options.hosts.empty()) return hostfile::parse_host_lists(options.hosts);
    const auto content = read_text_file("read the hostfile " + options.hostfile, options.hostfile, "a list of hosts");
    if (!content) return tl::unexpected(content.error());
    return hostfile::parse_hostfile(*content, options.hostfile);
}

/// This machine has all its addresses, under every name of its own.
hostfile::AddressesOfNames find_addresses(std::vector<std::string> names, const hostfile::Allocation& job,
                                          const LocalFacts& facts) {
    for (const hostfile::Host& host : job.hosts) names.push_back(host.name);
    hostfile::AddressesOfNames addresses = resolve_names(names, resolve_time_max);
    for (const std::string& name : names)
        if (is_own_name(name, facts))
            addresses[name].insert(addresses[name].end(), facts.addresses.begin(), facts.addresses.end());
    return addresses;
}

/// What of the job's description cannot be understood does not hinder whoever has named hosts.
std::string not_compared(base::Failure failure) {
    failure.advice = "--batch none ignores the job";
    return "the hosts are not compared with those of the batch job: " + failure.sentence();
}

/// The job's hosts, or what is to be said of those that were named.
void use_job(const Options& options, const LocalFacts& facts, hostfile::Allocation job, HostChoice& choice) {
    choice.job = std::move(job);
    choice.details.push_back(hostfile::describe_allocation(*choice.job));
    if (choice.hosts.empty()) {
        choice.hosts = choice.job->hosts;
        choice.are_of_job = true;
        return;
    }
    const std::string where = options.hosts.empty() ? options.hostfile : "--hosts";
    choice.details.back() += "; not used, as " + where + " names hosts";
    auto check = hostfile::check_against(*choice.job, choice.hosts, {});
    if (!check.strangers.empty())
        check = hostfile::check_against(*choice.job, choice.hosts, find_addresses(check.strangers, *choice.job, facts));
    choice.are_of_job = check.strangers.empty();
    if (auto note = hostfile::describe_check(check, *choice.job, where); !note.empty())
        choice.notes.push_back(std::move(note));
}

base::Result<void> exclude(const Options& options, HostChoice& choice) {
    if (options.exclude.empty()) return {};
    const auto excluded = hostfile::parse_exclusions(options.exclude);
    if (!excluded) return tl::unexpected(excluded.error());
    auto remaining = hostfile::exclude_hosts(std::move(choice.hosts), *excluded);
    if (!remaining) return tl::unexpected(std::move(remaining.error()));
    choice.hosts = std::move(remaining->hosts);
    for (const std::string& name : remaining->unmatched)
        choice.notes.push_back("--exclude names " + name + ", and no such host is listed");
    return {};
}

}  // namespace

base::Result<HostChoice> choose_hosts(const Options& options, const std::vector<std::string>& variables,
                                      const LocalFacts& facts) {
    HostChoice choice;
    const bool is_named = !options.hosts.empty() || !options.hostfile.empty();
    if (is_named) {
        auto named = read_named_hosts(options);
        if (!named) return tl::unexpected(std::move(named.error()));
        choice.hosts = std::move(*named);
    }
    auto job = find_job(options, variables);
    if (!job && !is_named) return tl::unexpected(std::move(job.error()));
    if (!job)
        choice.notes.push_back(not_compared(std::move(job.error())));
    else if (*job)
        use_job(options, facts, std::move(**job), choice);
    if (auto excluded = exclude(options, choice); !excluded) return tl::unexpected(std::move(excluded.error()));
    return choice;
}

}  // namespace scoop::launcher
