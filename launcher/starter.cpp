#include "launcher/starter.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <utility>

#include "hostfile/hostlist.hpp"
#include "hostfile/text.hpp"
#include "launcher/command_words.hpp"

namespace scoop::launcher {

namespace {

constexpr std::string_view host_word = "{host}";
constexpr std::uint16_t ssh_port = 22;

using Words = std::vector<std::string>;

// What ~/.ssh/config says stands unless the user said otherwise to us, but for what would break the channel: a command
// of its own, a terminal, forwarded ports that another session has already.
Words openssh_words(const Launcher&, const SshTarget& target, const Words&) {
    Words words{"ssh",
                "-T",
                "-x",
                "-oBatchMode=yes",
                "-oClearAllForwardings=yes",
                "-oRemoteCommand=none",
                "-oConnectTimeout=" + std::to_string(target.step_time_max.count())};
    if (target.accept_new_host_keys) words.emplace_back("-oStrictHostKeyChecking=accept-new");
    if (!target.config_file.empty()) words.insert(words.end(), {"-F", target.config_file});
    if (!target.identity_file.empty()) words.insert(words.end(), {"-i", target.identity_file});
    if (target.user) words.insert(words.end(), {"-l", *target.user});
    if (target.port) words.insert(words.end(), {"-p", std::to_string(*target.port)});
    words.insert(words.end(), {"--", target.host});
    return words;
}

// Of a heterogeneous job srun takes the first group unless it is told another one.
std::optional<std::size_t> group_of_host(const Words& environment, const std::string& host) {
    constexpr std::size_t groups_max = 256;
    for (std::size_t group = 0; group < groups_max; ++group) {
        const std::string prefix = "SLURM_JOB_NODELIST_HET_GROUP_" + std::to_string(group) + "=";
        const auto list = std::find_if(environment.begin(), environment.end(),
                                       [&](const std::string& variable) { return variable.starts_with(prefix); });
        if (list == environment.end()) return std::nullopt;
        const auto hosts = hostfile::parse_host_lists({list->substr(prefix.size())});
        if (hosts && std::any_of(hosts->begin(), hosts->end(), [&](const auto& one) { return one.name == host; }))
            return group;
    }
    return std::nullopt;
}

// One task on the host, which takes nothing from other steps. Without -u the bytes of a line wait for its end.
Words srun_words(const Launcher& launcher, const SshTarget& target, const Words& environment) {
    Words words{"srun",
                "--unbuffered",
                "--nodes=1",
                "--ntasks=1",
                "--nodelist=" + target.host,
                launcher.has_external_steps ? "--external-launcher" : "--overlap",
                "--cpu-bind=none",
                "--mpi=none",
                "--kill-on-bad-exit=1"};
    if (const auto group = group_of_host(environment, target.host))
        words.push_back("--het-group=" + std::to_string(*group));
    return words;
}

// Most of what Slurm tells a job are options for srun too, meant for the job's own tasks: how many, with how much
// memory, bound to what. srun tells our task anew what it has.
bool is_hidden_from_srun(std::string_view name) {
    constexpr std::string_view kept[] = {"SLURM_JOB_ID",        "SLURM_JOBID",       "SLURM_CONF",
                                         "SLURM_JWT",           "SLURM_JOB_NAME",    "SLURM_JOB_ACCOUNT",
                                         "SLURM_JOB_PARTITION", "SLURM_CLUSTER_NAME"};
    if (name.starts_with("SLURM_ARRAY_") || name.starts_with("SLURM_SUBMIT_")) return false;
    return (name.starts_with("SLURM_") || name.starts_with("SRUN_")) &&
           std::find(std::begin(kept), std::end(kept), name) == std::end(kept);
}

// With the environment of the job's script, as srun gives it, and without a login shell in between.
Words qrsh_words(const Launcher&, const SshTarget& target, const Words&) {
    return {"qrsh", "-inherit", "-noshell", "-V", target.host};
}

Words blaunch_words(const Launcher&, const SshTarget& target, const Words&) {
    return {"blaunch", "-no-shell", target.host};
}

// Host first: what follows its name is the command. Its output goes to the files of the job.
Words pbs_tmrsh_words(const Launcher&, const SshTarget& target, const Words&) { return {"pbs_tmrsh", target.host}; }

// A host's own name where it has no number: the starter says that it does not know it.
std::string number_text(const Launcher& launcher, const std::string& host) {
    const auto number = number_of_host(launcher, host);
    return number ? std::to_string(*number) : host;
}

// By its line in PBS_NODEFILE, which PBS Pro and Torque both understand; Torque has no pbs_tmrsh.
Words pbsdsh_words(const Launcher& launcher, const SshTarget& target, const Words&) {
    return {"pbsdsh", "-n", number_text(launcher, target.host), "--"};
}

// By the rank of the host's broker in the instance.
Words flux_words(const Launcher& launcher, const SshTarget& target, const Words&) {
    return {"flux", "exec", "--rank=" + number_text(launcher, target.host)};
}

struct StarterRow {
    std::string_view name;
    Words (*words)(const Launcher& launcher, const SshTarget& target, const Words& environment);
    bool (*is_hidden)(std::string_view variable);  ///< null: it sees our whole environment
    std::string_view job_variable;                 ///< set inside of a job of its batch system; empty: it needs none
    std::string_view job_advice;
    CallBack call_back = CallBack::none;
};

constexpr StarterRow starters[] = {
    {"ssh", nullptr, nullptr, "", ""},
    {"openssh", openssh_words, nullptr, "", ""},
    {"srun", srun_words, is_hidden_from_srun, "SLURM_JOB_ID", "run it in a script for sbatch, or in salloc"},
    {"qrsh", qrsh_words, nullptr, "PE_HOSTFILE", "run it in a script for qsub -pe"},
    {"blaunch", blaunch_words, nullptr, "LSB_JOBID", "run it in a script for bsub"},
    {"pbs_tmrsh", pbs_tmrsh_words, nullptr, "PBS_NODEFILE", "run it in a script for qsub", CallBack::by_file},
    {"pbsdsh", pbsdsh_words, nullptr, "PBS_NODEFILE", "run it in a script for qsub", CallBack::by_file},
    {"flux", flux_words, nullptr, "FLUX_URI", "run it in a script for flux batch", CallBack::by_input},
};

const StarterRow* find_row(std::string_view name) {
    for (const StarterRow& row : starters)
        if (row.name == name) return &row;
    return nullptr;
}

std::string_view variable_name(std::string_view variable) { return variable.substr(0, variable.find('=')); }

// `word` with the placeholders replaced; what stands for them is not looked at again.
std::string fill_in(std::string_view word, std::span<const std::pair<std::string_view, std::string>> values) {
    std::string filled;
    while (!word.empty()) {
        const auto value =
            std::find_if(values.begin(), values.end(), [&](const auto& one) { return word.starts_with(one.first); });
        filled += value == values.end() ? std::string(1, word.front()) : value->second;
        word.remove_prefix(value == values.end() ? 1 : value->first.size());
    }
    return filled;
}

std::string allowed_launchers() {
    std::string names;
    for (const StarterRow& row : starters) names += std::string(row.name) + ", ";
    return names + "or a command with {host} in it, as in 'docker exec -i {host}'";
}

}  // namespace

tl::expected<Launcher, std::string> parse_launcher(const std::string& value) {
    Launcher launcher;
    if (value.find(host_word) != std::string::npos) {
        auto words = split_words(value);
        if (!words) return tl::unexpected(std::move(words.error()));
        if (words->front().empty() || words->front().find(host_word) != std::string::npos)
            return tl::unexpected<std::string>(
                "the first word must be the command that reaches the host, as in 'docker exec -i {host}'");
        launcher.name.clear();
        launcher.words = std::move(*words);
        return launcher;
    }
    std::vector<std::string_view> names;
    for (const StarterRow& row : starters) names.push_back(row.name);
    if (find_row(value) == nullptr)
        return tl::unexpected("expected " + allowed_launchers() + hostfile::did_you_mean(value, names));
    launcher.name = value;
    return launcher;
}

StarterCommand starter_command(const Launcher& launcher, const SshTarget& target, const std::string& own_user,
                               std::vector<std::string> environment) {
    StarterCommand command{launcher.words, std::move(environment)};
    if (const StarterRow* row = find_row(launcher.name); row != nullptr && row->words != nullptr) {
        command.words = row->words(launcher, target, command.environment);
        command.call_back = row->call_back;
        if (row->is_hidden != nullptr)
            std::erase_if(command.environment,
                          [&](const auto& variable) { return row->is_hidden(variable_name(variable)); });
    }
    const std::pair<std::string_view, std::string> values[] = {
        {host_word, target.host},
        {"{user}", target.user.value_or(own_user)},
        {"{port}", std::to_string(target.port.value_or(ssh_port))},
    };
    if (launcher.is_users_own())
        for (std::string& word : command.words) word = fill_in(word, values);
    // With its path: a job may have an environment without PATH (sbatch --export=NONE).
    command.words.emplace_back("/bin/sh");
    return command;
}

bool calls_back(const Launcher& launcher) {
    const StarterRow* row = find_row(launcher.name);
    return row != nullptr && row->call_back != CallBack::none;
}

std::optional<std::size_t> number_of_host(const Launcher& launcher, std::string_view host) {
    const auto& hosts = launcher.numbered_hosts;
    auto found = std::find(hosts.begin(), hosts.end(), host);
    const auto short_name = [](std::string_view name) { return name.substr(0, name.find('.')); };
    if (found == hosts.end())
        found = std::find_if(hosts.begin(), hosts.end(),
                             [&](const std::string& one) { return short_name(one) == short_name(host); });
    if (found == hosts.end()) return std::nullopt;
    return static_cast<std::size_t>(found - hosts.begin());
}

base::Result<void> check_job_around(const Launcher& launcher, const std::vector<std::string>& environment) {
    const StarterRow* row = find_row(launcher.name);
    if (row == nullptr || row->job_variable.empty()) return {};
    for (const std::string& variable : environment)
        if (variable_name(variable) == row->job_variable) return {};
    return base::failure("--launcher " + launcher.name,
                         "there is no job around us: " + std::string(row->job_variable) + " is not set",
                         std::string(row->job_advice));
}

bool has_external_steps(std::string_view version) {
    constexpr std::pair<std::uint64_t, std::uint64_t> first{23, 11};
    constexpr std::string_view program = "slurm ";
    if (!version.starts_with(program)) return false;
    version.remove_prefix(program.size());
    const std::size_t dot = version.find('.');
    if (dot == std::string_view::npos) return false;
    const auto year = hostfile::parse_number(version.substr(0, dot));
    const std::string_view rest = version.substr(dot + 1);
    const auto month = hostfile::parse_number(rest.substr(0, rest.find_first_not_of("0123456789")));
    return year && month && std::pair(*year, *month) >= first;
}

}  // namespace scoop::launcher
