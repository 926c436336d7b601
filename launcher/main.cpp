// scoop-run: starts a program on the hosts of a job and stays until it has ended.
//
// From the command line to a JobSetup; the job loop does the rest.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/addresses.hpp"
#include "base/program_info.hpp"
#include "launcher/child_process.hpp"
#include "launcher/completion.hpp"
#include "launcher/dry_run.hpp"
#include "launcher/environment_file.hpp"
#include "launcher/exit_status.hpp"
#include "launcher/host_choice.hpp"
#include "launcher/host_setup.hpp"
#include "launcher/job_client.hpp"
#include "launcher/job_environment.hpp"
#include "launcher/job_loop.hpp"
#include "launcher/job_setup.hpp"
#include "launcher/join_plan.hpp"
#include "launcher/launcher_choice.hpp"
#include "launcher/machine.hpp"
#include "launcher/options.hpp"
#include "launcher/output_files.hpp"
#include "launcher/plan.hpp"
#include "launcher/program_file.hpp"
#include "launcher/signals.hpp"
#include "launcher/stage_store.hpp"
#include "launcher/text_file.hpp"

namespace scoop::launcher {

namespace {

int report(const std::string& sentence, int status) {
    std::fprintf(stderr, "scoop-run: %s\n", sentence.c_str());
    return status;
}

// Whoever started us may have closed 0, 1 or 2; the next file we open must not become our stdout.
void open_standard_streams() {
    for (int fd = 0; fd <= 2; ++fd)
        if (::fcntl(fd, F_GETFD) < 0) (void)::open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY);
}

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

// The place is the XDG Base Directory Specification's, by which a relative path counts as none.
OptionDefaults find_defaults() {
    OptionDefaults defaults;
    defaults.variable = variable("SCOOP_RUN_OPTIONS");
    std::string folder = variable("XDG_CONFIG_HOME");
    if (!folder.starts_with('/')) {
        const std::string home = variable("HOME");
        if (!home.starts_with('/')) return defaults;
        folder = home + "/.config";
    }
    defaults.file_name = folder + "/scoop/run.conf";
    const bool is_missing = ::access(defaults.file_name.c_str(), F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR);
    if (!is_missing)
        defaults.file_text = read_text_file("read the default options in " + defaults.file_name, defaults.file_name,
                                            "a list of options");
    return defaults;
}

std::vector<std::string> own_environment() {
    std::vector<std::string> variables;
    for (char** variable = environ; *variable != nullptr; ++variable) variables.emplace_back(*variable);
    return variables;
}

std::vector<std::string> environment_to_pass(const Options& options) {
    auto environment = make_job_environment(options.environment, own_environment());
    if (options.verbosity >= 0)
        for (const std::string& request : environment.unmatched)
            report("-x " + request + ": no such variable is set here, so none is passed on", 0);
    // The library looks for it in the root, whoever started that.
    if (!options.journal.empty())
        return with_variables(std::move(environment.variables), {"SCOOP_JOURNAL=" + options.journal});
    return std::move(environment.variables);
}

// Ahead of what -x asks for, which wins so.
base::Result<void> read_environment_files(Options& options) {
    std::vector<std::string> requests;
    for (const std::string& file : options.environment_files) {
        const auto text = read_text_file("read the variables in " + file, file, "a list of variables");
        if (!text) return tl::unexpected(text.error());
        auto lines = parse_environment_file(file, *text);
        if (!lines) return tl::unexpected(std::move(lines.error()));
        requests.insert(requests.end(), lines->begin(), lines->end());
    }
    options.environment.insert(options.environment.begin(), requests.begin(), requests.end());
    return {};
}

// The path of the program, for the hosts that have none of their own. What is to run here must be here.
tl::expected<std::string, ProgramRefusal> find_programs(const Options& options, const Plan& plan) {
    bool is_needed = false;
    WhereToRun where = WhereToRun::elsewhere_only;
    for (const PlannedHost& host : plan.hosts) {
        const bool must_be_here = host.is_local || options.stage;
        if (host.settings.program.empty()) {
            is_needed = true;
            if (must_be_here) where = WhereToRun::here;
            continue;
        }
        const std::string path = absolute_path(host.settings.program);
        // A line of a hostfile has no line end in it, but the name of our directory may.
        if (path.find('\n') != std::string::npos)
            return tl::unexpected(ProgramRefusal{
                {"run " + path, "a path with a line end in it cannot be used", "rename it"}, exit_not_a_program});
        if (!must_be_here) continue;
        // Which architectures the hosts have they will tell.
        if (!host.is_local && with_architecture(path, "") != path) continue;
        if (auto own = find_program(with_architecture(path, base::architecture()), WhereToRun::here); !own) return own;
    }
    return is_needed ? find_program(options.program, where) : absolute_path(options.program);
}

// A check shows for each host that a program is missing there, or cannot be executed. It runs nothing that surely is no
// program of ours.
bool is_worth_a_look(const std::string& program) {
    return !program.empty() && program.find('\n') == std::string::npos &&
           facts_of_program(absolute_path(program)).kind != FileKind::elf;
}

// The slots nobody wrote down are the CPUs that the nodes tell.
base::Result<RanksOfHosts> place_ranks(Plan plan, const std::vector<Wrap>& wraps,
                                       const std::vector<std::uint32_t>& cpus) {
    std::vector<std::size_t> members;
    std::vector<PlannedHost> hosts;
    for (std::size_t k = 0; k < plan.hosts.size(); ++k) {
        if (cpus[k] == 0) continue;  // left out
        members.push_back(k);
        hosts.push_back(plan.hosts[k]);
        if (!hosts.back().slots) hosts.back().slots = cpus[k];
    }
    plan.hosts = std::move(hosts);
    if (auto placed = place_workers(plan); !placed) return tl::unexpected(std::move(placed.error()));
    RanksOfHosts ranks(cpus.size());
    std::size_t workers = 0;
    for (std::size_t k = 0; k < members.size(); ++k) {
        workers += plan.hosts[k].ranks.size();
        ranks[members[k]] = std::move(plan.hosts[k].ranks);
    }
    if (auto checked = check_wraps(wraps, workers); !checked) return tl::unexpected(std::move(checked.error()));
    return ranks;
}

JobSetup make_setup(const Options& options, const Plan& plan, const std::string& program, const Way& way,
                    const LocalFacts& facts) {
    JobSetup setup;
    setup.arguments = options.arguments;
    setup.arguments.insert(setup.arguments.begin(), options.program);
    const auto environment = environment_to_pass(options);
    for (const auto& planned : plan.hosts)
        setup.hosts.push_back(host_setup(planned, options, program, way, environment));
    setup.place = [plan, wraps = options.wraps](const std::vector<std::uint32_t>& cpus) {
        return place_ranks(plan, wraps, cpus);
    };
    setup.plan_join = [=](const JobRequest& request) {
        return plan_join(request, options, facts, [&](const PlannedHost& planned) {
            return host_setup(planned, options, program, way, environment);
        });
    };
    setup.wraps = options.wraps;
    setup.bind_to = options.bind_to;
    setup.root_works = options.root_works;
    if (options.goes_on_without_hosts) setup.on_host_failure = OnHostFailure::go_on;
    setup.is_check = options.check;
    setup.timing = options.timing;
    setup.respawn = options.respawn;
    setup.passes_input = options.passes_input;
    setup.output = options.output;
    setup.level = options.verbosity < 0 ? Level::error : options.verbosity > 0 ? Level::detail : Level::note;
    setup.start_timeout = options.start_timeout;
    if (options.timeout.count() > 0) setup.timeout = options.timeout;
    setup.stop_grace = options.stop_grace;
    setup.stack_bytes = options.stack_bytes;
    setup.spins = options.spins;
    setup.reach = {options.interface, options.port_first, options.port_last, options.tunnel};
    return setup;
}

// libssh would pass over a missing file. One with "~" or "%" in its name is for libssh to find.
base::Result<void> check_identity(const std::string& file) {
    if (file.empty() || file.find_first_of("~%") != std::string::npos || ::access(file.c_str(), R_OK) == 0) return {};
    return base::system_failure("read the key " + file + " of --ssh-identity");
}

int print(const std::string& text) {
    std::fputs(text.c_str(), stdout);
    return std::fflush(stdout) == 0 ? 0
                                    : report("write the output: " + std::string(std::strerror(errno)), exit_internal);
}

// A host that could only tell its CPUs by being reached has as many as this machine, and slots enough.
int print_dry_run(const JobSetup& setup, Plan plan, std::uint32_t cpus) {
    std::error_code error;
    DryRun dry_run{{}, {}, cpus, std::filesystem::current_path(error).string(), {}};
    for (std::size_t host = 0; host < plan.hosts.size(); ++host)
        if (!plan.hosts[host].slots) dry_run.guessed.push_back(static_cast<base::HostIndex>(host));
    if (!dry_run.guessed.empty()) plan.rules.oversubscription = hostfile::Oversubscription::allow;
    auto ranks = place_ranks(plan, setup.wraps, std::vector<std::uint32_t>(plan.hosts.size(), cpus));
    if (!ranks) return report(ranks.error().sentence(), exit_usage);
    dry_run.ranks = std::move(*ranks);
    for (std::size_t host = 0; host < setup.hosts.size() && setup.bind_to; ++host)
        if (setup.hosts[host].is_local)
            dry_run.bindings = base::WorkerBindings({*setup.bind_to, dry_run.ranks[host], setup.root_works});
    return print(describe_dry_run(setup, dry_run));
}

int run_job(Options options) {
    if (options.check) options.workers.reset();  // so that no host is left out
    if (auto checked = check_identity(options.ssh_identity); !checked)
        return report(checked.error().sentence(), exit_usage);
    if (auto read = read_environment_files(options); !read) return report(read.error().sentence(), exit_usage);
    if (!options.interface.empty())
        if (auto selected = base::select_addresses(base::interface_addresses(), options.interface); !selected)
            return report(selected.error().sentence(), exit_usage);
    const LocalFacts facts = local_facts();
    const auto choice = choose_hosts(options, own_environment(), facts);
    if (!choice) return report(choice.error().sentence(), exit_usage);
    if (options.verbosity >= 0)
        for (const std::string& note : choice->notes) report(note, 0);
    if (options.verbosity > 0)
        for (const std::string& detail : choice->details) report(detail, 0);
    const auto& hosts = choice->hosts;
    const auto launcher = choose_launcher(options, *choice, own_environment());
    if (!launcher) return report(launcher.error().sentence(), exit_usage);
    if (options.verbosity > 0 && !launcher->detail.empty()) report(launcher->detail, 0);
    const Way way{launcher->launcher, facts.user};
    // The name service need not know what only the user's own command knows.
    const auto names = way.launcher.is_users_own() ? std::vector<std::string>{} : names_to_resolve(hosts, facts);
    const Plan plan = make_plan(options, hosts, facts, resolve_names(names, resolve_time_max));
    if (auto checked = check_workers_here(plan, options, facts); !checked)
        return report(checked.error().sentence(), exit_usage);
    if (auto checked = check_slots(plan); !checked) return report(checked.error().sentence(), exit_usage);
    auto program = find_programs(options, plan);
    if (!program && options.check && is_worth_a_look(options.program)) program = absolute_path(options.program);
    if (!program) return report(program.error().failure.sentence(), program.error().exit_status);
    for (const PlannedHost& host : plan.hosts) {
        const std::string& own = host.settings.program;
        if (auto checked = check_stage_files(stage_order(options, {}), own.empty() ? *program : own); !checked)
            return report(checked.error().sentence(), exit_usage);
    }
    if (options.verbosity > 0)
        if (const auto idle = describe_idle_hosts(plan); !idle.empty()) report(idle, 0);

    if (options.dry_run) return print_dry_run(make_setup(options, plan, *program, way, facts), plan, facts.cpus);
    if (!options.output.directory.empty())
        if (auto made = make_output_directory(options.output.directory); !made)
            return report(made.error().sentence(), exit_usage);
    if (auto made = make_room_for_hosts(plan.hosts.size()); !made) return report(made.error().sentence(), exit_usage);
    // Not sooner: until somebody reads the signals they must be able to end us, whatever a file makes us wait for.
    auto signals = SignalFd::make();
    if (!signals) return report(signals.error().sentence(), exit_internal);
    return JobLoop(make_setup(options, plan, *program, way, facts), *signals).run();
}

int run_command(int argc, char** argv) {
    open_standard_streams();
    auto options = parse_options(argc, argv, variable("SCOOP_HOSTFILE"), find_defaults());
    if (!options) return report(options.error().sentence(), exit_usage);
    if (options->journal.empty()) options->journal = variable("SCOOP_JOURNAL");
    if (options->help || options->version) return print(options->help ? help_text() : version_text());
    if (!options->completion.empty()) return print(completion_script(options->completion));
    if (options->status) return show_status(options->job);
    if (!options->join.empty()) return join_job(options->join, options->hosts, options->hostfile);
    if (!options->leave.empty()) return leave_job(options->leave, options->hosts, options->timeout);
    if (options->verbosity > 0)
        for (const std::string& one : options->defaults) report("default option of " + one, 0);
    return run_job(*options);
}

}  // namespace

}  // namespace scoop::launcher

int main(int argc, char** argv) {
    try {
        return scoop::launcher::run_command(argc, argv);
    } catch (const std::exception& error) {
        return scoop::launcher::report(std::string("cannot go on: ") + error.what(), scoop::launcher::exit_internal);
    }
}
