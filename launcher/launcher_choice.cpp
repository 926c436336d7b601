#include "launcher/launcher_choice.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <sstream>

#include "launcher/program_output.hpp"

namespace scoop::launcher {

namespace {

constexpr std::chrono::seconds command_time_max{5};

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

LauncherChoice choose_by_job(const Options& options, const HostChoice& hosts,
                             const std::vector<std::string>& variables) {
    if (!hosts.job || !hosts.are_of_job || asks_for_ssh(options, hosts.hosts)) return {};
    const std::string& starter = hosts.job->starter;
    auto launcher = parse_launcher(starter);
    if (!launcher || launcher->is_users_own() || launcher->is_libssh() || !check_job_around(*launcher, variables))
        return {};
    if (!is_in_path(starter)) return {{}, starter + " is not in PATH, so other hosts are reached by SSH"};
    return {std::move(*launcher), "other hosts are reached by " + starter + ", as parts of " + hosts.job->job};
}

}  // namespace

base::Result<LauncherChoice> choose_launcher(const Options& options, const HostChoice& hosts,
                                             const std::vector<std::string>& variables) {
    LauncherChoice choice;
    if (options.launcher) {
        if (auto checked = check_job_around(*options.launcher, variables); !checked)
            return tl::unexpected(std::move(checked.error()));
        choice.launcher = *options.launcher;
    } else {
        choice = choose_by_job(options, hosts, variables);
    }
    if (choice.launcher.name == "srun") {
        // Without its configuration it would complain to the user; whoever starts a node with it hears that then.
        const auto version = output_of_program({"sh", "-c", "srun --version 2>/dev/null"}, command_time_max);
        choice.launcher.has_external_steps = version && has_external_steps(*version);
    }
    return choice;
}

}  // namespace scoop::launcher
