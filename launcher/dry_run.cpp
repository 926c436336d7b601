#include "launcher/dry_run.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "launcher/command_words.hpp"
#include "launcher/job_words.hpp"
#include "launcher/stage_store.hpp"
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

std::string plural_of(base::CpuUnit unit) {
    return unit == base::CpuUnit::core ? "cores" : unit == base::CpuUnit::socket ? "sockets" : "NUMA nodes";
}

/// The ranks of a host that run in the same way.
struct Group {
    std::vector<std::string> wrapper;
    std::vector<base::Rank> ranks;
};

std::vector<Group> groups_of(const std::vector<base::Rank>& ranks, const std::vector<Wrap>& wraps) {
    std::vector<Group> groups;
    for (const base::Rank rank : ranks) {
        auto wrapper = wrapper_of(wraps, rank);
        const auto same =
            std::find_if(groups.begin(), groups.end(), [&](const Group& group) { return group.wrapper == wrapper; });
        if (same == groups.end())
            groups.push_back({std::move(wrapper), {rank}});
        else
            same->ranks.push_back(rank);
    }
    return groups;
}

/// How one group of ranks is started on its host.
struct Start {
    const JobSetup& setup;
    const HostSetup& host;
    const Group& group;
    const std::string& directory_here;
};

std::string program_command(const Start& start) {
    const HostSetup& host = start.host;
    std::string command = "exec ";
    if (host.nice > 0) command += "nice -n " + std::to_string(host.nice) + " ";
    if (!host.environment.empty()) command += "env " + shell_quoted(host.environment) + " ";
    if (!start.group.wrapper.empty()) command += shell_quoted(start.group.wrapper) + " ";
    if (host.start.stage.has_program && !host.is_local)
        command += "\"$SCOOP_STAGE_DIR\"/" + quoted_program(file_name_of(host.start.program));
    else
        command += quoted_program(host.start.program);
    const auto& arguments = start.setup.arguments;
    for (std::size_t k = 1; k < arguments.size(); ++k) command += " " + shell_quoted(arguments[k]);
    return command;
}

std::string local_command(const Start& start) {
    const HostSetup& host = start.host;
    const std::string& directory = host.working_directory.empty() ? start.directory_here : host.working_directory;
    std::string command = "cd " + shell_quoted(directory) + " && ";
    if (!host.start.setup.empty()) command += "eval " + shell_quoted(host.start.setup) + " && ";
    // In a shell of its own, which the directory and the set-up change.
    return "(" + command + program_command(start) + ")";
}

enum class Stdin { kept, none };

std::string ssh_command(const SshTarget& target, Stdin input) {
    std::vector<std::string> words{"ssh"};
    const auto add = [&](const char* option, const std::string& value) { words.insert(words.end(), {option, value}); };
    // ssh would read the lines that are pasted behind it. The root may want to read.
    if (input == Stdin::none) words.emplace_back("-n");
    if (!target.config_file.empty()) add("-F", target.config_file);
    if (!target.identity_file.empty()) add("-i", target.identity_file);
    if (target.accept_new_host_keys) add("-o", "StrictHostKeyChecking=accept-new");
    if (target.port) add("-p", std::to_string(*target.port));
    if (target.user) add("-l", *target.user);
    words.push_back(target.host);
    return shell_quoted(words);
}

std::string remote_command(const Start& start) {
    const HostSetup& host = start.host;
    std::string command;
    // Ours is entered only if it is there.
    if (host.working_directory.empty() && !start.directory_here.empty())
        command += "cd " + shell_quoted(start.directory_here) + " 2>/dev/null; ";
    if (!host.start.setup.empty()) command += "eval " + shell_quoted(host.start.setup) + " && ";
    if (!host.working_directory.empty()) command += "cd " + shell_quoted(host.working_directory) + " && ";
    command += program_command(start);

    // Once more in sh, whatever the login shell is. The set-up wants a login shell.
    const char* shell = host.start.setup.empty() ? "exec sh -c " : "exec bash -l -c ";
    command = shell + shell_quoted(command);
    // As for a job: whatever reaches the host gets a shell there that reads what to do.
    auto starter = host.starter.words;
    if (host.starter.call_back != CallBack::none) {
        starter.insert(starter.end(), {"-c", command});
        return shell_quoted(starter);
    }
    if (!starter.empty()) return "printf '%s\\n' " + shell_quoted(command) + " | " + shell_quoted(starter);
    return ssh_command(host.ssh, start.group.ranks.front() == 0 ? Stdin::kept : Stdin::none) + " " +
           shell_quoted(command);
}

// What a host gets before, if anything.
std::string stage_text(const HostSetup& host) {
    if (host.is_local || host.start.stage.is_empty()) return {};
    std::vector<std::string> files = host.start.stage.files;
    if (host.start.stage.has_program) files.insert(files.begin(), host.start.program);
    return "; copied there before, into SCOOP_STAGE_DIR: " + shell_quoted(files);
}

std::string comment(const std::string& line) { return "# " + printable(line) + "\n"; }

std::string introduction(const JobSetup& setup, const DryRun& dry_run) {
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
    if (setup.bind_to)
        text += comment("As workers of the job they would be bound to " + plural_of(*setup.bind_to) +
                        " of their host (--bind-to). Which CPUs") +
                comment("these are only the host knows; those of this machine are told.");
    return text;
}

// Of one group of ranks on this machine.
std::string binding_comments(const base::WorkerBindings& bindings, const std::vector<base::Rank>& ranks) {
    if (!bindings.problem().empty()) return comment("  --bind-to has no effect: " + bindings.problem());
    std::string text;
    for (const base::Rank rank : ranks)
        if (const auto cpus = bindings.cpus_of(rank); !cpus.empty())
            text += comment("  rank " + std::to_string(rank) + " is bound to " + base::cpus_text(cpus));
    return text;
}

}  // namespace

std::string describe_dry_run(const JobSetup& setup, const DryRun& dry_run) {
    std::string text = introduction(setup, dry_run);
    for (std::size_t host = 0; host < setup.hosts.size(); ++host) {
        const HostSetup& one = setup.hosts[host];
        const bool is_guessed =
            std::find(dry_run.guessed.begin(), dry_run.guessed.end(), host) != dry_run.guessed.end();
        const std::string name = one.name + (one.is_local ? ", this machine: " : ": ");
        const std::string guess =
            is_guessed ? ", if it has " + std::to_string(dry_run.cpus) + " usable CPUs, as this machine" : "";
        const auto groups = groups_of(dry_run.ranks[host], setup.wraps);
        if (groups.empty()) text += comment(name + "no worker" + guess);
        for (const Group& group : groups) {
            const Start start{setup, one, group, dry_run.directory};
            text += comment(name + ranks_text(group.ranks) + guess + stage_text(one)) +
                    (one.is_local ? binding_comments(dry_run.bindings, group.ranks) : std::string()) +
                    (one.is_local ? local_command(start) : remote_command(start)) + "\n";
        }
    }
    return text;
}

}  // namespace scoop::launcher
