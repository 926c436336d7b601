#include "launcher/options_table.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <utility>

#include "hostfile/allocation.hpp"
#include "hostfile/host_expression.hpp"
#include "hostfile/placement.hpp"
#include "hostfile/text.hpp"
#include "launcher/job_environment.hpp"
#include "protocol/control.hpp"

namespace scoop::launcher {

namespace {

constexpr double seconds_max = 365.0 * 24 * 3600;

tl::unexpected<std::string> expected(std::string what) {
    return tl::unexpected<std::string>("expected " + std::move(what));
}

tl::expected<std::uint64_t, std::string> number_within(const std::string& value, std::uint64_t low,
                                                       std::uint64_t high) {
    const auto number = hostfile::parse_number(value);
    if (!number || *number < low || *number > high)
        return expected("a whole number from " + std::to_string(low) + " to " + std::to_string(high));
    return *number;
}

SetResult set_text(std::string& field, const std::string& value, const char* what) {
    if (value.empty()) return expected(what);
    field = value;
    return {};
}

enum class Zero { allowed, refused };

SetResult set_seconds(Seconds& field, const std::string& value, Zero zero) {
    double seconds = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    const bool is_number = error == std::errc{} && end == value.data() + value.size();
    const bool is_allowed = seconds > 0 || (zero == Zero::allowed && seconds == 0);
    if (!is_number || !is_allowed || seconds > seconds_max)
        return expected(std::string("a number of seconds, ") + (zero == Zero::allowed ? "0 or more" : "more than 0") +
                        " and at most a year");
    field = Seconds(seconds);
    return {};
}

SetResult set_workers(Options& options, const std::string& value) {
    const auto workers = number_within(value, 1, hostfile::workers_max);
    if (!workers) return tl::unexpected<std::string>(workers.error());
    options.workers = static_cast<std::uint32_t>(*workers);
    return {};
}

SetResult add_hosts(Options& options, const std::string& value) {
    if (value.empty()) return expected("hosts, as in a,b:2,node[01-16]:8");
    options.hosts.push_back(value);
    return {};
}

SetResult add_exclusion(Options& options, const std::string& value) {
    if (value.empty()) return expected("hosts, as in a,node[03-04]");
    options.exclude.push_back(value);
    return {};
}

SetResult set_batch(Options& options, const std::string& value) {
    std::vector<std::string_view> known{batch_auto, batch_none};
    const auto& systems = hostfile::batch_system_names();
    known.insert(known.end(), systems.begin(), systems.end());
    if (std::find(known.begin(), known.end(), value) == known.end()) {
        std::string names;
        for (const std::string_view name : known)
            names += (names.empty() ? "" : name == known.back() ? " or " : ", ") + std::string(name);
        return expected(names);
    }
    options.batch = value;
    return {};
}

SetResult set_per_host(Options& options, const std::string& value) {
    const auto workers = number_within(value, 1, hostfile::workers_max);
    if (!workers) return tl::unexpected<std::string>(workers.error());
    options.per_host = static_cast<std::uint32_t>(*workers);
    return {};
}

SetResult set_mapping(Options& options, const std::string& value) {
    if (value != "slot" && value != "host") return expected("slot or host");
    options.mapping = value == "slot" ? hostfile::Mapping::by_slot : hostfile::Mapping::by_host;
    return {};
}

SetResult set_binding(Options& options, const std::string& value) {
    using control::BindTo;
    constexpr std::pair<std::string_view, BindTo> known[] = {{"none", BindTo::none},
                                                             {"core", BindTo::core},
                                                             {"socket", BindTo::socket},
                                                             {"package", BindTo::socket},
                                                             {"numa", BindTo::numa}};
    for (const auto& [name, unit] : known)
        if (name == value) {
            options.bind_to = unit;
            return {};
        }
    return expected("none, core, socket (or package) or numa");
}

SetResult add_environment(Options& options, const std::string& value) {
    const auto checked = check_environment_request(value);
    if (!checked) return tl::unexpected<std::string>(checked.error());
    options.environment.push_back(value);
    return {};
}

SetResult set_setup(Options& options, const std::string& value) {
    // It travels as one of the first lines that the host's shell reads.
    if (value.empty() || value.find('\n') != std::string::npos)
        return expected("one line of shell text, as in 'module load gcc'; several commands are separated by ;");
    options.setup = value;
    return {};
}

SetResult set_nice(Options& options, const std::string& value) {
    const auto nice = number_within(value, 0, control::nice_max);
    if (!nice) return tl::unexpected<std::string>(nice.error());
    options.nice = static_cast<std::uint32_t>(*nice);
    return {};
}

SetResult add_stage_file(Options& options, const std::string& value) {
    if (value.empty()) return expected("the name of a file");
    options.stage_files.push_back(value);
    return {};
}

SetResult set_root_works(Options& options, const std::string& value) {
    if (value != "yes" && value != "no") return expected("yes or no");
    options.root_works = value == "yes";
    return {};
}

SetResult set_launcher(Options& options, const std::string& value) {
    auto launcher = parse_launcher(value);
    if (!launcher) return tl::unexpected<std::string>(std::move(launcher.error()));
    options.launcher = std::move(*launcher);
    return {};
}

SetResult set_ssh_user(Options& options, const std::string& value) {
    auto user = hostfile::parse_user(value, 0);
    if (!user) return tl::unexpected<std::string>(user.error().sentence);
    options.ssh_user = std::move(*user);
    return {};
}

SetResult set_ssh_port(Options& options, const std::string& value) {
    const auto port = number_within(value, 1, 65535);
    if (!port) return tl::unexpected<std::string>(port.error());
    options.ssh_port = static_cast<std::uint16_t>(*port);
    return {};
}

SetResult set_ports(Options& options, const std::string& value) {
    const std::size_t dash = value.find('-');
    const auto first = hostfile::parse_number(value.substr(0, dash));
    const auto last = dash == std::string::npos ? first : hostfile::parse_number(value.substr(dash + 1));
    if (!first || !last || *first < 1 || *first > *last || *last > 65535)
        return expected("a port or a range of ports from 1 to 65535, as in 5000 or 5000-5010");
    options.port_first = static_cast<std::uint16_t>(*first);
    options.port_last = static_cast<std::uint16_t>(*last);
    return {};
}

SetResult set_interface(Options& options, const std::string& value) {
    return set_text(options.interface, value,
                    "an interface, a network or an address, as in ib0, 10.0.0.0/16 or 10.0.0.5");
}

SetResult set_tunnel(Options& options, const std::string& value) {
    if (value != "auto" && value != "always" && value != "never") return expected("auto, always or never");
    options.tunnel = value == "auto"     ? control::Tunnel::automatic
                     : value == "always" ? control::Tunnel::always
                                         : control::Tunnel::never;
    return {};
}

SetResult set_stack(Options& options, const std::string& value) {
    constexpr std::string_view units = "kmg";
    std::string_view digits = value;
    unsigned shift = 0;
    const std::size_t unit = value.empty() ? std::string_view::npos : units.find(hostfile::lower_case(value).back());
    if (unit != std::string_view::npos) {
        digits.remove_suffix(1);
        shift = 10 * (static_cast<unsigned>(unit) + 1);
    }
    const auto number = hostfile::parse_number(digits);
    // The first comparison keeps the shift from losing bits.
    if (!number || *number > stack_bytes_max || *number << shift < stack_bytes_min ||
        *number << shift > stack_bytes_max)
        return expected("a size from 64K to 1G, as in 65536, 512K or 4M");
    options.stack_bytes = *number << shift;
    return {};
}

SetResult set_output(Options& options, const std::string& value) {
    auto style = parse_output_style(value);
    if (!style) return tl::unexpected(std::move(style.error()));
    options.output = std::move(*style);
    return {};
}

SetResult set_input(Options& options, const std::string& value) {
    if (value != "root" && value != "none") return expected("root or none");
    options.passes_input = value == "root";
    return {};
}

SetResult add_wrap(Options& options, const std::string& value) {
    const std::size_t blank = value.find(' ');
    auto wrap = parse_wrap(std::string_view(value).substr(0, blank), std::string_view(value).substr(blank + 1));
    if (!wrap) return tl::unexpected(std::move(wrap.error()));
    options.wraps.push_back(std::move(*wrap));
    return {};
}

SetResult set_completion(Options& options, const std::string& value) {
    if (value != "bash" && value != "zsh" && value != "fish") return expected("bash, zsh or fish");
    options.completion = value;
    return {};
}

SetResult set_on_host_failure(Options& options, const std::string& value) {
    if (value != "abort" && value != "continue") return expected("abort or continue");
    options.goes_on_without_hosts = value == "continue";
    return {};
}

SetResult be_verbose(Options& options, const std::string&) {
    if (options.verbosity < 0) return tl::unexpected<std::string>("contradicts -q");
    ++options.verbosity;
    return {};
}

SetResult be_quiet(Options& options, const std::string&) {
    if (options.verbosity > 0) return tl::unexpected<std::string>("contradicts -v");
    options.verbosity = -1;
    return {};
}

template <bool Options::*Field>
SetResult set_flag(Options& options, const std::string&) {
    options.*Field = true;
    return {};
}

template <std::string Options::*Field>
SetResult set_file(Options& options, const std::string& value) {
    return set_text(options.*Field, value, "the name of a file");
}

template <Seconds Options::*Field, Zero zero>
SetResult set_time(Options& options, const std::string& value) {
    return set_seconds(options.*Field, value, zero);
}

SetResult set_leave(Options& options, const std::string& value) {
    return set_text(options.leave, value, "the number of a job, see --status");
}

SetResult set_directory(Options& options, const std::string& value) {
    return set_text(options.working_directory, value, "the name of a directory");
}

SetResult set_journal(Options& options, const std::string& value) {
    return set_text(options.journal, value, "the name of a directory");
}

constexpr std::string_view placement = "Workers and hosts";
constexpr std::string_view surroundings = "What the workers find";
constexpr std::string_view ssh = "Reaching hosts";
constexpr std::string_view time = "Time";
constexpr std::string_view streams = "Input and output";
constexpr std::string_view other = "Other";

constexpr OptionRow rows[] = {
    {placement, 'n', "np", "N", "workers in total, the root included (default: all slots of all hosts)", set_workers},
    {placement, 'H', "hosts", "LIST",
     "run on these hosts, as in a,b:2,node[01-16]:8,user@c with the number of workers behind the colon; may be given "
     "more than once; the first host runs the root (default: the hosts of the batch job, else this machine)",
     add_hosts},
    {placement, 0, "host", "LIST", "", add_hosts},
    {placement, 0, "hostfile", "FILE",
     "read the hosts from FILE, one a line: \"host\", \"host 4\", \"user@host slots=4 port=22\", # begins a comment",
     set_file<&Options::hostfile>},
    {placement, 0, "batch", "SYSTEM",
     "whose job gives the hosts when none are named: slurm, pbs, flux, sge, lsf, cobalt, loadleveler, kubernetes, none "
     "to ignore it (default: auto, the job that the environment tells of)",
     set_batch},
    {placement, 0, "exclude", "LIST", "leave these hosts out, as in a,node[03-04]; may be given more than once",
     add_exclusion},
    {placement, 'N', "per-host", "N", "so many workers on each host, and no more with -n", set_per_host},
    {placement, 0, "map-by", "slot|host",
     "slot: fill a host before the next; host: deal the workers to the hosts in turn (default: slot)", set_mapping},
    {placement, 0, "oversubscribe", "", "allow more workers than slots", set_flag<&Options::oversubscribe>},
    {placement, 0, "bind-to", "core|socket|numa|none",
     "bind each worker to its share of the cores of its host, or to a socket or NUMA node (default: none)",
     set_binding},
    {placement, 0, "on-host-failure", "abort|continue",
     "what to do when a host cannot take part; continue: start without it (default: abort)", set_on_host_failure},
    {placement, 0, "root-works", "yes|no",
     "no: the root only runs the program, the other workers run its tasks (default: yes)", set_root_works},
    {placement, 0, "respawn", "", "start another worker for each that dies", set_flag<&Options::respawn>},
    {placement, 0, "journal", "DIR",
     "record finished results in DIR, on the root's host, so that a job that is started again does not compute them "
     "again",
     set_journal},
    {placement, 0, "stack", "SIZE", "address space for the stack of a task (default: 8M)", set_stack},

    {surroundings, 'x', "env", "VAR[=VALUE]",
     "pass on the variable VAR of this environment, or set it to VALUE; 'OMP_*' passes on all that match; may be given "
     "more than once",
     add_environment},
    {surroundings, 'C', "wdir", "DIR", "run the program in DIR on every host (default: this directory where it exists)",
     set_directory},
    {surroundings, 0, "setup", "TEXT", "shell text that each host runs before the program, as in 'module load gcc'",
     set_setup},
    {surroundings, 0, "nice", "N", "lower the priority of the workers by N, from 0 to 19", set_nice},
    {surroundings, 0, "stage", "",
     "copy the program to each other host, for as long as the job takes; for hosts without a shared file system",
     set_flag<&Options::stage>},
    {surroundings, 0, "stage-file", "FILE",
     "copy FILE too; the program finds it in the directory SCOOP_STAGE_DIR; may be given more than once",
     add_stage_file},
    {surroundings, 0, "wrap", "RANKS COMMAND",
     "let COMMAND run the program in these ranks, as in --wrap 0,2-3 'valgrind -q', or in all; may be given more than "
     "once",
     add_wrap},

    {ssh, 0, "launcher", "HOW",
     "what reaches the other hosts: ssh (built in), openssh (the ssh program), srun, qrsh, blaunch, pbs_tmrsh, pbsdsh or "
     "flux (inside a job of Slurm, Grid Engine, LSF, PBS or Flux, and the default there), or a command with {host} in it "
     "that runs there what is put behind it, as in 'docker exec -i {host}'",
     set_launcher},
    {ssh, 0, "ssh-user", "USER", "log in with this name where the host list gives none", set_ssh_user},
    {ssh, 0, "ssh-port", "PORT", "connect to this port where the hostfile gives none", set_ssh_port},
    {ssh, 0, "ssh-identity", "FILE", "try this private key before the others", set_file<&Options::ssh_identity>},
    {ssh, 0, "ssh-config", "FILE", "read this file instead of ~/.ssh/config", set_file<&Options::ssh_config>},
    {ssh, 0, "ssh-accept-new", "", "trust and remember the key of a host that known_hosts does not have",
     set_flag<&Options::ssh_accept_new>},
    {ssh, 0, "interface", "NAME|NETWORK",
     "let the hosts connect to this interface or network of this machine, as in ib0 or 10.0.0.0/16 (default: to "
     "whichever answers first)",
     set_interface},
    {ssh, 0, "port", "PORT|RANGE", "let them connect to this port, or to a free one of a range, as in 5000-5010",
     set_ports},
    {ssh, 0, "tunnel", "auto|always|never",
     "carry what the hosts say to each other through the connection that started them: when they cannot connect to "
     "this "
     "machine, always, or never (default: auto)",
     set_tunnel},

    {time, 0, "start-timeout", "S", "give up when not all hosts are ready after so many seconds (default: 30)",
     set_time<&Options::start_timeout, Zero::refused>},
    {time, 0, "timeout", "S", "end the job after so many seconds, with status 124 (default: 0, never)",
     set_time<&Options::timeout, Zero::allowed>},
    {time, 0, "stop-grace", "S", "seconds between SIGTERM and SIGKILL when the job ends early (default: 5)",
     set_time<&Options::stop_grace, Zero::allowed>},

    {streams, 0, "output", "HOW",
     "how the workers' lines come out, separated by commas: label (each begins with rank and host), timestamp, dir=DIR "
     "(files rank.N.out and rank.N.err in DIR), raw (bytes as they come, lines may mix)",
     set_output},
    {streams, 0, "stdin", "root|none", "who reads our standard input (default: root)", set_input},

    {other, 0, "check", "", "look at every host and print what was found, and run nothing", set_flag<&Options::check>},
    {other, 0, "dry-run", "", "print ranks, hosts, commands and environment, and start nothing",
     set_flag<&Options::dry_run>},
    {other, 0, "status", "[JOB]",
     "print how a running job and its hosts are, by the number that -v says; without one, list your jobs on this "
     "machine",
     set_flag<&Options::status>},
    {other, 0, "leave", "JOB",
     "let the hosts of --hosts leave a running job when they have ended what they do, after --timeout seconds at the "
     "latest",
     set_leave},
    {other, 'v', "verbose", "", "say what is being done", be_verbose},
    {other, 'q', "quiet", "", "say nothing but errors", be_quiet},
    {other, 0, "no-defaults", "", "ignore the options of SCOOP_RUN_OPTIONS and run.conf",
     set_flag<&Options::no_defaults>},
    {other, 'h', "help", "", "show this help", set_flag<&Options::help>},
    {other, 0, "completion", "bash|zsh|fish", "print a script that lets this shell complete the options",
     set_completion},
    {other, 0, "version", "", "show the version", set_flag<&Options::version>},
};

}  // namespace

std::span<const OptionRow> option_table() { return rows; }

}  // namespace scoop::launcher
