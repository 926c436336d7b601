// The command line of scoop-run.
#include "launcher/options.hpp"

#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <vector>

#include "protocol/version.hpp"

namespace {

using namespace scoop::launcher;

scoop::base::Result<Options> parse(const std::vector<std::string>& arguments, std::string_view hostfile_variable = {}) {
    std::vector<const char*> argv{"scoop-run"};
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    return parse_options(static_cast<int>(argv.size()), argv.data(), hostfile_variable);
}

/// Requires that the arguments are right.
Options parsed(const std::vector<std::string>& arguments, std::string_view hostfile_variable = {}) {
    auto options = parse(arguments, hostfile_variable);
    if (!options) FAIL(options.error().sentence());
    return *options;
}

TEST_CASE("a program alone has every default") {
    const Options options = parsed({"./a"});
    CHECK(options.program == "./a");
    CHECK(options.arguments.empty());
    CHECK_FALSE(options.workers);
    CHECK(options.hosts.empty());
    CHECK(options.hostfile.empty());
    CHECK(options.exclude.empty());
    CHECK_FALSE(options.per_host);
    CHECK(options.mapping == scoop::hostfile::Mapping::by_slot);
    CHECK(options.environment.empty());
    CHECK(options.working_directory.empty());
    CHECK(options.setup.empty());
    CHECK(options.nice == 0);
    CHECK_FALSE(options.oversubscribe);
    CHECK_FALSE(options.bind_to);
    CHECK(options.root_works);
    CHECK(options.ssh_user.empty());
    CHECK_FALSE(options.ssh_port);
    CHECK_FALSE(options.ssh_accept_new);
    CHECK(options.start_timeout == Seconds(30));
    CHECK(options.timeout == Seconds(0));
    CHECK(options.stop_grace == Seconds(5));
    CHECK(options.stack_bytes == 0);
    CHECK_FALSE(options.spins);
    CHECK(options.output.is_transparent());
    CHECK(options.passes_input);
    CHECK(options.verbosity == 0);
}

TEST_CASE("every option reaches its field") {
    const Options options = parsed({"--np",
                                    "7",
                                    "--oversubscribe",
                                    "--root-works",
                                    "no",
                                    "--stack=256K",
                                    "--spin",
                                    "--ssh-user",
                                    "ada",
                                    "--ssh-port",
                                    "2222",
                                    "--ssh-identity",
                                    "key",
                                    "--ssh-config=conf",
                                    "--ssh-accept-new",
                                    "--start-timeout",
                                    "0.5",
                                    "--timeout=3600",
                                    "--stop-grace",
                                    "0",
                                    "--hostfile",
                                    "hosts",
                                    "--verbose",
                                    "a"});
    CHECK(options.workers == 7);
    CHECK(options.oversubscribe);
    CHECK_FALSE(options.root_works);
    CHECK(options.stack_bytes == 256 * 1024);
    CHECK(options.spins);
    CHECK(options.ssh_user == "ada");
    CHECK(options.ssh_port == 2222);
    CHECK(options.ssh_identity == "key");
    CHECK(options.ssh_config == "conf");
    CHECK(options.ssh_accept_new);
    CHECK(options.start_timeout == Seconds(0.5));
    CHECK(options.timeout == Seconds(3600));
    CHECK(options.stop_grace == Seconds(0));
    CHECK(options.hostfile == "hosts");
    CHECK(options.verbosity == 1);
    CHECK(parsed({"--root-works=yes", "a"}).root_works);
    CHECK(parsed({"--respawn", "a"}).respawn);
    CHECK(parsed({"--journal", "results", "a"}).journal == "results");
    CHECK(parsed({"a"}).journal.empty());
    CHECK_FALSE(parsed({"a"}).respawn);
    CHECK(parsed({"-q", "a"}).verbosity == -1);
    CHECK(parsed({"--help"}).help);
    CHECK(parsed({"-h"}).help);
    CHECK(parsed({"--version"}).version);
    CHECK(parsed({"--completion", "zsh"}).completion == "zsh");
    CHECK(parsed({"--dry-run", "a"}).dry_run);
    CHECK(parsed({"--timing", "a"}).timing);
    CHECK(parsed({"--check", "a"}).check);
    CHECK(parsed({"--interface", "ib0", "a"}).interface == "ib0");
    const Options ports = parsed({"--port", "5000-5010", "--tunnel", "always", "a"});
    CHECK((ports.port_first == 5000 && ports.port_last == 5010));
    CHECK(ports.tunnel == scoop::control::Tunnel::always);
    CHECK(parsed({"--port=65535", "a"}).port_last == 65535);
    for (const char* port : {"0", "65536", "x", "5-", "-5", "6-5", "1-2-3", ""})
        CHECK_MESSAGE(!parse({"--port", port, "a"}), port);
    CHECK_FALSE(parse({"--tunnel", "yes", "a"}));
    CHECK(parsed({"--on-host-failure", "continue", "a"}).goes_on_without_hosts);
    CHECK_FALSE(parsed({"--on-host-failure=continue", "--on-host-failure=abort", "a"}).goes_on_without_hosts);
}

TEST_CASE("what the workers find is taken as it was given") {
    const Options options = parsed({"--exclude", "a,b",      "--exclude=c", "-N",
                                    "3",         "--map-by", "host",        "-x",
                                    "A",         "-x",       "B= c=d",      "--env=OMP_*",
                                    "-C",        "a dir",    "--setup",     "module load gcc; ulimit -s 8192",
                                    "--nice",    "19",       "-x-odd=1",    "p"});
    CHECK(options.exclude == std::vector<std::string>{"a,b", "c"});
    CHECK(options.per_host == 3);
    CHECK(options.mapping == scoop::hostfile::Mapping::by_host);
    CHECK(options.environment == std::vector<std::string>{"A", "B= c=d", "OMP_*", "-odd=1"});
    CHECK(options.working_directory == "a dir");
    CHECK(options.setup == "module load gcc; ulimit -s 8192");
    CHECK(options.nice == 19);
    CHECK(parsed({"--wdir=/x", "--map-by=slot", "--per-host=1", "p"}).working_directory == "/x");
}

TEST_CASE("a wrapper is two arguments, and adds up") {
    const Options options = parsed({"--wrap", "0,2-3", "valgrind -q", "--wrap=all", "nice", "-v", "a", "b"});
    REQUIRE(options.wraps.size() == 2);
    CHECK(options.wraps[0].ranks_text == "0,2-3");
    CHECK(options.wraps[0].command == std::vector<std::string>{"valgrind", "-q"});
    CHECK(options.wraps[1].ranks_text == "all");
    CHECK(options.wraps[1].command == std::vector<std::string>{"nice"});
    CHECK(options.verbosity == 1);
    CHECK(options.program == "a");
    CHECK(options.arguments == std::vector<std::string>{"b"});
}

TEST_CASE("a batch system is one that is known, or any, or none") {
    CHECK(parsed({"p"}).batch == batch_auto);
    CHECK(parsed({"--batch", "none", "p"}).batch == batch_none);
    CHECK(parsed({"--batch=slurm", "p"}).batch == "slurm");
}

TEST_CASE("input and output have a style") {
    const Options options = parsed({"--output", "label,dir=d", "--stdin=none", "a"});
    CHECK(options.output.label);
    CHECK(options.output.directory == "d");
    CHECK_FALSE(options.passes_input);
    CHECK_FALSE(parsed({"--output", "label", "--output", "timestamp", "a"}).output.label);
}

TEST_CASE("the number of workers may be written in every usual way") {
    for (const std::vector<std::string>& arguments :
         std::vector<std::vector<std::string>>{{"-n", "4", "a"},
                                               {"-n4", "a"},
                                               {"--np", "4", "a"},
                                               {"--np=4", "a"},
                                               {"-np", "4", "a"},
                                               {"-vn4", "a"},
                                               {"-vn", "4", "a"},
                                               {"-n", "3", "-n", "4", "a"}}) {
        const Options options = parsed(arguments);
        CHECK(options.workers == 4);
        CHECK(options.program == "a");
    }
}

TEST_CASE("hosts and -v add up") {
    const Options options = parsed({"-H", "a,b:2", "-v", "--hosts=c", "-vv", "--host", "d", "-He", "x"});
    CHECK(options.hosts == std::vector<std::string>{"a,b:2", "c", "d", "e"});
    CHECK(options.verbosity == 3);
}

TEST_CASE("what follows the program belongs to the program") {
    struct Row {
        std::vector<std::string> arguments;
        std::string program;
        std::vector<std::string> rest;
    };
    for (const Row& row : std::vector<Row>{
             {{"./a", "-n", "5", "--help"}, "./a", {"-n", "5", "--help"}},
             {{"./a", "--", "-v"}, "./a", {"--", "-v"}},
             {{"--", "./a", "--", "-v"}, "./a", {"--", "-v"}},
             {{"--", "-odd", "x"}, "-odd", {"x"}},
             {{"./a", "-z", "--nonsense=1", "-np", ""}, "./a", {"-z", "--nonsense=1", "-np", ""}},
             {{"-", "x"}, "-", {"x"}},
             {{"a b", "$HOME", "*"}, "a b", {"$HOME", "*"}},
         }) {
        std::vector<std::string> arguments{"-n", "4"};
        arguments.insert(arguments.end(), row.arguments.begin(), row.arguments.end());
        const Options options = parsed(arguments);
        CHECK(options.workers == 4);
        CHECK(options.program == row.program);
        CHECK(options.arguments == row.rest);
        CHECK_FALSE(options.help);
    }
}

TEST_CASE("SCOOP_HOSTFILE stands in only when no hosts are given") {
    CHECK(parsed({"a"}, "from_variable").hostfile == "from_variable");
    CHECK(parsed({"--hostfile", "mine", "a"}, "from_variable").hostfile == "mine");
    const Options with_hosts = parsed({"-H", "b", "a"}, "from_variable");
    CHECK(with_hosts.hostfile.empty());
    CHECK(with_hosts.hosts.size() == 1);
}

TEST_CASE("sizes of stacks have units") {
    CHECK(parsed({"--stack", "65536", "a"}).stack_bytes == 65536);
    using scoop::base::CpuUnit;
    CHECK(parsed({"--bind-to", "core", "a"}).bind_to == CpuUnit::core);
    CHECK(parsed({"--bind-to", "socket", "a"}).bind_to == CpuUnit::socket);
    CHECK(parsed({"--bind-to", "package", "a"}).bind_to == CpuUnit::socket);
    CHECK(parsed({"--bind-to", "numa", "a"}).bind_to == CpuUnit::numa);
    CHECK_FALSE(parsed({"--bind-to", "core", "--bind-to", "none", "a"}).bind_to);
    CHECK(parsed({"--stack", "64k", "a"}).stack_bytes == 65536);
    CHECK(parsed({"--stack", "8M", "a"}).stack_bytes == 8u << 20);
    CHECK(parsed({"--stack", "1G", "a"}).stack_bytes == 1u << 30);
}

TEST_CASE("a wrong argument is named as typed, with what is allowed") {
    struct Row {
        std::vector<std::string> arguments;
        const char* sentence;
    };
    for (const Row& row : std::vector<Row>{
             {{}, "no program to run, expected scoop-run [options] [--] program [arguments]"},
             {{"-n", "4"}, "no program to run, expected scoop-run [options] [--] program [arguments]"},
             {{"--", ""}, "no program to run, expected scoop-run [options] [--] program [arguments]"},
             {{"-n", "0", "a"}, "-n 0: expected a whole number from 1 to 1048576"},
             {{"-n0", "a"}, "-n0: expected a whole number from 1 to 1048576"},
             {{"-n", "-1", "a"}, "-n -1: expected a whole number from 1 to 1048576"},
             {{"-n=4", "a"}, "-n=4: expected a whole number from 1 to 1048576"},
             {{"--np=x", "a"}, "--np=x: expected a whole number from 1 to 1048576"},
             {{"-n", "4.5", "a"}, "-n 4.5: expected a whole number from 1 to 1048576"},
             {{"-n", "", "a"}, "-n : expected a whole number from 1 to 1048576"},
             {{"-n", "1048577", "a"}, "-n 1048577: expected a whole number from 1 to 1048576"},
             {{"-n"}, "-n: the value is missing"},
             {{"-v", "--hostfile"}, "--hostfile: the value is missing"},
             {{"--np=", "a"}, "--np=: the value is missing"},
             {{"-H", "", "a"}, "-H : expected hosts, as in a,b:2,node[01-16]:8"},
             {{"--hostfile", "", "a"}, "--hostfile : expected the name of a file"},
             {{"--hostfile", "f", "-H", "b", "a"}, "--hostfile f: cannot be given together with --hosts"},
             {{"--exclude", "", "a"}, "--exclude : expected hosts, as in a,node[03-04]"},
             {{"-N", "0", "a"}, "-N 0: expected a whole number from 1 to 1048576"},
             {{"--map-by", "core", "a"}, "--map-by core: expected slot or host"},
             {{"--bind-to", "thread", "a"}, "--bind-to thread: expected none, core, socket (or package) or numa"},
             {{"-x", "=1", "a"},
              "-x =1: expected the name of a variable, as in -x OMP_NUM_THREADS or -x OMP_NUM_THREADS=2"},
             {{"-C", "", "a"}, "-C : expected the name of a directory"},
             {{"--setup", "a\nb", "a"},
              "--setup a\nb: expected one line of shell text, as in 'module load gcc'; several commands are separated "
              "by ;"},
             {{"--nice", "20", "a"}, "--nice 20: expected a whole number from 0 to 19"},
             {{"--nice", "-5", "a"}, "--nice -5: expected a whole number from 0 to 19"},
             {{"--root-works", "maybe", "a"}, "--root-works maybe: expected yes or no"},
             {{"--stack", "1x", "a"}, "--stack 1x: expected a size from 64K to 1G, as in 65536, 512K or 4M"},
             {{"--stack", "63K", "a"}, "--stack 63K: expected a size from 64K to 1G, as in 65536, 512K or 4M"},
             {{"--stack", "2G", "a"}, "--stack 2G: expected a size from 64K to 1G, as in 65536, 512K or 4M"},
             {{"--stack", "17179869185G", "a"},
              "--stack 17179869185G: expected a size from 64K to 1G, as in 65536, 512K or 4M"},
             {{"--stack=M", "a"}, "--stack=M: expected a size from 64K to 1G, as in 65536, 512K or 4M"},
             {{"--start-timeout", "0", "a"},
              "--start-timeout 0: expected a number of seconds, more than 0 and at most a year"},
             {{"--timeout", "-1", "a"}, "--timeout -1: expected a number of seconds, 0 or more and at most a year"},
             {{"--timeout", "nan", "a"}, "--timeout nan: expected a number of seconds, 0 or more and at most a year"},
             {{"--timeout", "5m", "a"}, "--timeout 5m: expected a number of seconds, 0 or more and at most a year"},
             {{"--stop-grace", "1e9", "a"},
              "--stop-grace 1e9: expected a number of seconds, 0 or more and at most a year"},
             {{"--ssh-port", "0", "a"}, "--ssh-port 0: expected a whole number from 1 to 65535"},
             {{"--ssh-port", "65536", "a"}, "--ssh-port 65536: expected a whole number from 1 to 65535"},
             {{"--ssh-user", "a b", "a"}, "--ssh-user a b: \" \" cannot stand here in the name of a user"},
             {{"--output", "labels,x", "a"},
              "--output labels,x: expected label, timestamp, dir=DIR and raw, separated by commas, not \"labels\"; did "
              "you "
              "mean \"label\"?"},
             {{"--stdin", "all", "a"}, "--stdin all: expected root or none"},
             {{"--completion=ksh"}, "--completion=ksh: expected bash, zsh or fish"},
             {{"--on-host-failure=go", "p"}, "--on-host-failure=go: expected abort or continue"},
             {{"--wrap", "0"}, "--wrap: the second value is missing"},
             {{"--wrap", "a", "gdb", "p"}, "--wrap a gdb: expected ranks, as in 0,2-3 or all, not \"a\""},
             {{"-v", "-q", "a"}, "-q: contradicts -v"},
             {{"-q", "-v", "a"}, "-v: contradicts -q"},
             {{"--quiet=1", "a"}, "--quiet=1: this option takes no value"},
             {{"--hostfil", "f", "a"}, "--hostfil: there is no such option; did you mean \"--hostfile\"?"},
             {{"--hostfil=f", "a"}, "--hostfil=f: there is no such option; did you mean \"--hostfile\"?"},
             {{"-hostfile", "f", "a"}, "-hostfile: there is no such option; did you mean \"--hostfile\"?"},
             {{"--verbsoe", "a"}, "--verbsoe: there is no such option; did you mean \"--verbose\"?"},
             {{"--start", "3", "a"}, "--start: there is no such option; did you mean \"--start-timeout\"?"},
             {{"--batch", "slrum", "a"},
              "--batch slrum: expected auto, none, slurm, pbs, flux, sge, lsf, cobalt, loadleveler or kubernetes"},
             {{"--banana", "a"}, "--banana: there is no such option, see scoop-run --help"},
             {{"-z", "a"}, "-z: there is no such option, see scoop-run --help"},
             {{"-vz", "a"}, "-vz: there is no such option, see scoop-run --help"},
             {{"--=x", "a"}, "--=x: there is no such option, see scoop-run --help"},
             {{"-n", "-v", "a"}, "the required argument for option '--np' is missing"},
         }) {
        CAPTURE(row.sentence);
        const auto options = parse(row.arguments);
        REQUIRE_FALSE(options);
        CHECK(options.error().sentence() == row.sentence);
    }
}

TEST_CASE("an empty argv is only a missing program") { CHECK_FALSE(parse_options(0, nullptr)); }

TEST_CASE("--status takes the place of a program, of which there is none then") {
    CHECK_FALSE(parsed({"./a"}).status);
    CHECK(parsed({"--status"}).status);
    CHECK(parsed({"--status"}).job.empty());
    CHECK(parsed({"--status", "4711"}).job == "4711");
    CHECK(parsed({"--status", "-q", "--no-defaults", "--", "4711"}).job == "4711");
    const auto sentence = [](const std::vector<std::string>& arguments) { return parse(arguments).error().sentence(); };
    CHECK(sentence({"--status", "1", "2"}) == "2: --status takes one job, or none to list them");
    CHECK(sentence({"-n4", "--status"}) == "-n4: cannot be given together with --status");
    CHECK(sentence({"--status=4711"}) == "--status=4711: this option takes no value");
}

TEST_CASE("the help fits 80 columns and shows every option") {
    const std::string help = help_text();
    CHECK(help.ends_with("\n"));
    std::istringstream lines(help);
    for (std::string line; std::getline(lines, line);) {
        CAPTURE(line);
        CHECK(line.size() <= 80);
        CHECK_FALSE(line.ends_with(" "));
    }
    for (const char* option : {"-n, --np N",
                               "-H, --hosts LIST",
                               "--hostfile FILE",
                               "--exclude LIST",
                               "-N, --per-host N",
                               "--map-by slot|host",
                               "-x, --env VAR[=VALUE]",
                               "-C, --wdir DIR",
                               "--setup TEXT",
                               "--nice N",
                               "--oversubscribe",
                               "--root-works yes|no",
                               "--stack SIZE",
                               "--ssh-user USER",
                               "--ssh-port PORT",
                               "--ssh-identity FILE",
                               "--ssh-config FILE",
                               "--ssh-accept-new",
                               "--start-timeout S",
                               "--timeout S",
                               "--output HOW",
                               "--stdin root|none",
                               "--stop-grace S",
                               "-v, --verbose",
                               "-q, --quiet",
                               "-h, --help",
                               "--version"}) {
        CAPTURE(option);
        CHECK(help.find(option) != std::string::npos);
    }
    CHECK(version_text() == "scoop-run 0.1.0 (protocol " + std::to_string(scoop::protocol::version) + ")\n");
}

}  // namespace

TEST_CASE("--join takes the place of a program, and names hosts") {
    CHECK(parsed({"--join", "4711", "-H", "a", "-H", "b:2"}).join == "4711");
    CHECK(parsed({"--join", "4711", "--hostfile", "x", "-q"}).hostfile == "x");
    const auto sentence = [](const std::vector<std::string>& arguments) { return parse(arguments).error().sentence(); };
    CHECK(sentence({"--join", "1"}) == "--join 1: name the hosts that are to join with --hosts or with --hostfile");
    CHECK(sentence({"--join", "1", "-H", "a", "--hostfile", "x"}) ==
          "--join 1: name the hosts that are to join with --hosts or with --hostfile");
    CHECK(sentence({"--join", "1", "-H", "a", "-n4"}) == "-n4: cannot be given together with --join");
    CHECK(sentence({"--join", "1", "-H", "a", "./app"}) ==
          "./app: --join runs no program, the job's own runs on the hosts");
}
