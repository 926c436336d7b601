#include "launcher/host_setup.hpp"

#include <string_view>

#include "base/program_info.hpp"
#include "launcher/child_process.hpp"
#include "launcher/job_environment.hpp"
#include "launcher/program_file.hpp"

namespace scoop::launcher {

StageOrder stage_order(const Options& options, const std::vector<std::string>& environment) {
    constexpr std::string_view variable = "TMPDIR=";
    StageOrder order;
    order.has_program = options.stage;
    for (const std::string& file : options.stage_files) order.files.push_back(absolute_path(file));
    for (const std::string& one : environment)
        if (one.starts_with(variable) && one.find('\n') == std::string::npos)
            order.parent_directory = one.substr(variable.size());
    return order;
}

HostSetup host_setup(const PlannedHost& planned, const Options& options, const std::string& program, const Way& way,
                     const std::vector<std::string>& environment) {
    const hostfile::HostSettings& own = planned.settings;
    HostSetup host;
    host.start.program = own.program.empty() ? program : absolute_path(own.program);
    // What another host's path with "{arch}" stands for is not known here.
    host.program_facts = facts_of_program(planned.is_local ? with_architecture(host.start.program, base::architecture())
                                                           : host.start.program);
    // Only who looks at the hosts waits for what that takes.
    if (options.check && !planned.is_local) host.start.loader = host.program_facts.loader;
    host.start.setup = own.setup.empty() ? options.setup : own.setup;
    host.working_directory =
        absolute_path(own.working_directory.empty() ? options.working_directory : own.working_directory);
    host.environment = with_variables(environment, own.environment);
    host.start.stage = stage_order(options, host.environment);
    host.nice = own.nice.value_or(options.nice);
    host.name = planned.name;
    host.origin = planned.origin;
    host.is_local = planned.is_local;
    host.tags = planned.tags;
    host.ssh.host = planned.name;
    if (!planned.user.empty()) host.ssh.user = planned.user;
    host.ssh.port = planned.port;
    host.ssh.config_file = options.ssh_config;
    host.ssh.identity_file = options.ssh_identity;
    host.ssh.accept_new_host_keys = options.ssh_accept_new;
    if (!host.is_local && !way.launcher.is_libssh())
        host.starter = starter_command(way.launcher, host.ssh, way.own_user, environment_without_role());
    return host;
}

}  // namespace scoop::launcher
