#include "launcher/dry_run.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "launcher/command_words.hpp"
#include "launcher/job_words.hpp"
#include "launcher/start_problem.hpp"

namespace scoop::launcher {

namespace {

// "{arch}" is told by the host on which the command runs.
std::string quoted_program(std::string_view program) {
    constexpr std::string_view architecture_word = "{arch}";
    std::string text;
    for (;;) {
        const std::size_t at = program.find(architecture_word);
        const std::string_view piece = program.substr(0, at);
        if (!piece.empty()) text += shell_quoted(piece);
        if (at == std::string_view::npos) return text;
        text += "\"$(uname -m)\"";
        program.remove_prefix(at + architecture_word.size());
    }
}

std::string program_command(const JobSetup& setup, const HostSetup& host) {
    std::string command = "exec ";
    if (host.nice > 0) command += "nice -n " + std::to_string(host.nice) + " ";
    if (!host.environment.empty()) command += "env " + shell_quoted(host.environment) + " ";
    command += quoted_program(host.start.program);
    for (std::size_t k = 1; k < setup.arguments.size(); ++k) command += " " + shell_quoted(setup.arguments[k]);
    return command;
}

std::string local_command(const JobSetup& setup, const HostSetup& host, const std::string& directory_here) {
    const std::string& directory = host.working_directory.empty() ? directory_here : host.working_directory;
    std::string command = "cd " + shell_quoted(directory) + " && ";
    if (!host.start.setup.empty()) command += "eval " + shell_quoted(host.start.setup) + " && ";
    // In a shell of its own, which the directory and the set-up change.
    return "(" + command + program_command(setup, host) + ")";
}

enum class Input { kept, none };

std::string remote_command(const JobSetup& setup, const HostSetup& host, const std::string& directory_here,
                           Input input) {
    std::string command;
    // Ours is entered only if it is there.
    if (host.working_directory.empty() && !directory_here.empty())
        command += "cd " + shell_quoted(directory_here) + " 2>/dev/null; ";
    if (!host.start.setup.empty()) command += "eval " + shell_quoted(host.start.setup) + " && ";
    if (!host.working_directory.empty()) command += "cd " + shell_quoted(host.working_directory) + " && ";
    command += program_command(setup, host);

    std::vector<std::string> words{"ssh"};
    const auto add = [&](const char* option, const std::string& value) { words.insert(words.end(), {option, value}); };
    // ssh would read the lines that are pasted behind it.
    if (input == Input::none) words.emplace_back("-n");
    if (!host.ssh.config_file.empty()) add("-F", host.ssh.config_file);
    if (!host.ssh.identity_file.empty()) add("-i", host.ssh.identity_file);
    if (host.ssh.accept_new_host_keys) add("-o", "StrictHostKeyChecking=accept-new");
    if (host.ssh.port) add("-p", std::to_string(*host.ssh.port));
    if (host.ssh.user) add("-l", *host.ssh.user);
    // Once more in sh, whatever the login shell is. The set-up wants a login shell.
    const char* shell = host.start.setup.empty() ? "exec sh -c " : "exec bash -l -c ";
    words.insert(words.end(), {host.ssh.host, shell + shell_quoted(command)});
    return shell_quoted(words);
}

std::string comment(const std::string& line) { return "# " + printable(line) + "\n"; }

}  // namespace

std::string describe_dry_run(const JobSetup& setup, const DryRun& dry_run) {
    std::size_t workers = 0;
    for (const auto& ranks : dry_run.ranks) workers += ranks.size();
    const std::size_t hosts = setup.hosts.size();
    std::string text =
        comment("Nothing is started. The job would have " + std::to_string(workers) +
                (workers == 1 ? " worker" : " workers") + " on " + std::to_string(hosts) +
                (hosts == 1 ? " host" : " hosts") + ", rank 0 is the root.") +
        comment("A command starts the program as on its host, but by itself: as a job of one.") +
        comment("Behind env stands what is added to the environment here, or that of a login on another host,") +
        comment("and OMP_NUM_THREADS unless it is set: the usable CPUs of the host divided by its workers.");
    for (std::size_t host = 0; host < hosts; ++host) {
        const HostSetup& one = setup.hosts[host];
        const auto& ranks = dry_run.ranks[host];
        const bool is_guessed =
            std::find(dry_run.guessed.begin(), dry_run.guessed.end(), host) != dry_run.guessed.end();
        text += comment(one.name + (one.is_local ? ", this machine: " : ": ") +
                        (ranks.empty() ? "no worker" : ranks_text(ranks)) +
                        (is_guessed ? ", if it has " + std::to_string(dry_run.cpus) + " usable CPUs, as this machine"
                                    : std::string()));
        if (!ranks.empty())
            text +=
                (one.is_local ? local_command(setup, one, dry_run.directory)
                              : remote_command(setup, one, dry_run.directory, host == 0 ? Input::kept : Input::none)) +
                "\n";
    }
    return text;
}

}  // namespace scoop::launcher
