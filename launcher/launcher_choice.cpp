#include "launcher/launcher_choice.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <sstream>

#include "hostfile/host_expression.hpp"
#include "hostfile/text.hpp"
#include "launcher/program_output.hpp"
#include "launcher/text_file.hpp"

namespace scoop::launcher {

namespace {

constexpr std::chrono::seconds query_time_max{5};

bool is_in_path(const std::string& program) {
    const char* path = std::getenv("PATH");
    std::istringstream directories(path != nullptr ? path : "/bin:/usr/bin");
    for (std::string directory; std::getline(directories, directory, ':');)
        if (::access((directory + "/" + program).c_str(), X_OK) == 0) return true;
    return false;
}

bool asks_for_ssh(const Options& options, const std::vector<hostfile::Host>& hosts) {
    return options.ssh_port || options.ssh_accept_new || !options.ssh_user.empty() || !options.ssh_identity.empty() ||
           !options.ssh_config.empty() ||
           std::any_of(hosts.begin(), hosts.end(), [](const auto& host) { return host.port || !host.user.empty(); });
}

std::string value_of(const std::vector<std::string>& variables, std::string_view name) {
    for (const std::string& variable : variables)
        if (variable.starts_with(name) && variable.substr(name.size(), 1) == "=")
            return variable.substr(name.size() + 1);
    return {};
}

bool gets_files(const Options& options) { return options.stage || !options.stage_files.empty(); }

// The brokers of the instance around us, by rank.
base::Result<std::vector<std::string>> hosts_of_flux() {
    auto list = output_of_program({"flux", "getattr", "hostlist"}, query_time_max);
    if (!list) return tl::unexpected(std::move(list.error()));
    while (!list->empty() && list->back() == '\n') list->pop_back();
    auto names = hostfile::expand_names(*list, hostfile::mentions_max);
    if (!names) return base::failure("flux getattr hostlist", names.error().sentence);
    return std::move(*names);
}

// The lines of PBS_NODEFILE.
base::Result<std::vector<std::string>> hosts_of_pbs(const std::vector<std::string>& variables) {
    const std::string path = value_of(variables, "PBS_NODEFILE");
    const auto text = read_text_file("read PBS_NODEFILE, " + path, path, "a list of hosts");
    if (!text) return tl::unexpected(text.error());
    std::istringstream lines(*text);
    std::vector<std::string> names;
    for (std::string line; std::getline(lines, line);) names.push_back(line);
    return names;
}

// What the starter calls the hosts by.
base::Result<void> learn_numbers(Launcher& launcher, const std::vector<std::string>& variables) {
    if (launcher.name != "flux" && launcher.name != "pbsdsh") return {};
    auto hosts = launcher.name == "flux" ? hosts_of_flux() : hosts_of_pbs(variables);
    if (!hosts) return tl::unexpected(std::move(hosts.error()));
    launcher.numbered_hosts = std::move(*hosts);
    return {};
}

// Why the starter of the job around us is not what reaches its hosts; empty: it is.
std::string reason_for_ssh(const Options& options, Launcher& launcher, const std::vector<std::string>& variables) {
    if (calls_back(launcher) && gets_files(options)) return launcher.name + " cannot bring the files of --stage";
    if (launcher.name == "flux" && !value_of(variables, "FLUX_JOB_ID").empty())
        return "flux exec is for the scripts of flux batch and flux alloc, not for programs of flux run";
    if (auto learnt = learn_numbers(launcher, variables); !learnt) return learnt.error().sentence();
    return {};
}

LauncherChoice choose_by_job(const Options& options, const HostChoice& hosts,
                             const std::vector<std::string>& variables) {
    if (!hosts.job || !hosts.are_of_job || asks_for_ssh(options, hosts.hosts)) return {};
    std::istringstream starters(hosts.job->starter);
    std::string missing;
    for (std::string starter; starters >> starter;) {
        auto launcher = parse_launcher(starter);
        if (!launcher || launcher->is_users_own() || launcher->is_libssh() || !check_job_around(*launcher, variables))
            return {};
        if (!is_in_path(starter)) {
            missing += (missing.empty() ? "" : " and ") + starter;
            continue;
        }
        if (const auto reason = reason_for_ssh(options, *launcher, variables); !reason.empty())
            return {{}, reason + ", so other hosts are reached by SSH"};
        return {std::move(*launcher), "other hosts are reached by " + starter + ", as parts of " + hosts.job->job};
    }
    const bool are_two = missing.find(' ') != std::string::npos;
    return {{}, missing + (are_two ? " are" : " is") + " not in PATH, so other hosts are reached by SSH"};
}

}  // namespace

base::Result<LauncherChoice> choose_launcher(const Options& options, const HostChoice& hosts,
                                             const std::vector<std::string>& variables) {
    LauncherChoice choice;
    if (options.launcher) {
        if (auto checked = check_job_around(*options.launcher, variables); !checked)
            return tl::unexpected(std::move(checked.error()));
        choice.launcher = *options.launcher;
        if (calls_back(choice.launcher) && gets_files(options))
            return base::failure("--launcher " + choice.launcher.name,
                                 "it gives no channel over which the files of --stage could come",
                                 "use --launcher ssh, or start the program from a directory that all hosts share");
        if (auto learnt = learn_numbers(choice.launcher, variables); !learnt)
            return tl::unexpected(std::move(learnt.error()));
    } else {
        choice = choose_by_job(options, hosts, variables);
    }
    if (choice.launcher.name == "srun") {
        // Without its configuration it would complain to the user; whoever starts a node with it hears that then.
        const auto version = output_of_program({"sh", "-c", "srun --version 2>/dev/null"}, query_time_max);
        choice.launcher.has_external_steps = version && has_external_steps(*version);
    }
    return choice;
}

}  // namespace scoop::launcher
