#include "launcher/options_table.hpp"

namespace scoop::launcher {

namespace {

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
    {placement, 0, "spin", "",
     "let workers and brokers that wait look again and again instead of sleeping: less latency, where each host has "
     "processors to spare",
     set_flag<&Options::spins>},

    {surroundings, 'x', "env", "VAR[=VALUE]",
     "pass on the variable VAR of this environment, or set it to VALUE; 'OMP_*' passes on all that match; may be given "
     "more than once",
     add_environment},
    {surroundings, 0, "env-file", "FILE",
     "the same for each line of FILE, as in OMP_NUM_THREADS=4; -x wins; may be given more than once",
     add_environment_file},
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
     "what reaches the other hosts: ssh (built in), openssh (the ssh program), srun, qrsh, blaunch, pbs_tmrsh, pbsdsh "
     "or "
     "flux (inside a job of Slurm, Grid Engine, LSF, PBS or Flux, and the default there), or a command with {host} in "
     "it "
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
    {other, 0, "timing", "", "say how long each step of the start took on the hosts", set_flag<&Options::timing>},
    {other, 0, "status", "[JOB]",
     "print how a running job and its hosts are, by the number that -v says; without one, list your jobs on this "
     "machine",
     set_flag<&Options::status>},
    {other, 0, "join", "JOB",
     "let the hosts of --hosts or --hostfile join a running job, which gives them work at once", set_join},
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
