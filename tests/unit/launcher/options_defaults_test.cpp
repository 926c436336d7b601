// Options that scoop-run has from run.conf and SCOOP_RUN_OPTIONS.
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "launcher/options.hpp"

using namespace scoop::launcher;

namespace {

/// With defaults of run.conf and SCOOP_RUN_OPTIONS.
scoop::base::Result<Options> parse_with(std::string file, std::string variable, std::vector<std::string> arguments) {
    std::vector<const char*> argv{"scoop-run"};
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    return parse_options(static_cast<int>(argv.size()), argv.data(), "",
                         {"run.conf", std::move(file), std::move(variable)});
}

std::string refusal_with(std::string file, std::string variable, std::vector<std::string> arguments = {"a"}) {
    const auto options = parse_with(std::move(file), std::move(variable), std::move(arguments));
    return options ? "accepted" : options.error().sentence();
}

}  // namespace

TEST_CASE("the command line wins over the variable, and that over the file") {
    const std::string file = "# mine\n\n  --nice 1 --timeout=7\n-n 2 --setup 'module load gcc'\r\n";
    const Options options = parse_with(file, "--nice 2 -n 3", {"-n", "4", "a", "--nice", "5"}).value();
    CHECK(options.timeout == Seconds(7));
    CHECK(options.setup == "module load gcc");
    CHECK(options.nice == 2);
    CHECK(options.workers == 4);
    CHECK(options.program == "a");
    CHECK(options.defaults == std::vector<std::string>{"run.conf:3: --nice 1", "run.conf:3: --timeout=7",
                                                       "run.conf:4: -n 2", "run.conf:4: --setup module load gcc",
                                                       "SCOOP_RUN_OPTIONS: --nice 2", "SCOOP_RUN_OPTIONS: -n 3"});
}

TEST_CASE("hosts and the amount of words are of one place only") {
    CHECK(parse_with("-H a -q", "-H b -H c -v", {"p"})->hosts == std::vector<std::string>{"b", "c"});
    CHECK(parse_with("-H a -q", "-H b -H c -v", {"p"})->verbosity == 1);
    CHECK(parse_with("--hostfile f -vv", "", {"-H", "d", "-q", "p"})->hosts == std::vector<std::string>{"d"});
    CHECK(parse_with("--hostfile f -vv", "", {"-H", "d", "-q", "p"})->hostfile.empty());
    CHECK(parse_with("--hostfile f -vv", "", {"-H", "d", "-q", "p"})->verbosity == -1);
    CHECK(parse_with("-x A", "-x B", {"-x", "C", "p"})->environment == std::vector<std::string>{"A", "B", "C"});
    CHECK(refusal_with("-H a --hostfile f", "") == "--hostfile f: cannot be given together with --hosts");
}

TEST_CASE("a wrong default is refused with its place") {
    CHECK(refusal_with("\n--nice 50", "") == "run.conf:2: --nice 50: expected a whole number from 0 to 19");
    CHECK(refusal_with("", "--nic 5") == "SCOOP_RUN_OPTIONS: --nic: there is no such option; did you mean \"--nice\"?");
    CHECK(refusal_with("--nice", "") == "run.conf:1: --nice: the value is missing");
    CHECK(refusal_with("--nice 5 ./a", "") == "run.conf:1: ./a: only options and their values can stand here");
    CHECK(refusal_with("", "-- a") == "SCOOP_RUN_OPTIONS: a: only options and their values can stand here");
    CHECK(refusal_with("--setup 'x", "") == "run.conf:1: the quote ' is not closed");
    CHECK(refusal_with("-n -v", "") == "run.conf:1: the required argument for option '--np' is missing");
    for (const std::string option : {"--help", "--version", "--completion bash", "--no-defaults"})
        CHECK(refusal_with(option, "") ==
              "run.conf:1: " + option + ": this option can only be given on the command line");
}

TEST_CASE("defaults can be ignored, even wrong ones") {
    for (const char* option : {"--no-defaults", "--help", "--version"})
        CHECK(refusal_with("--nice 50", "--banana", {option, "a"}) == "accepted");
    const Options options = parse_with("--nice 5", "", {"--no-defaults", "a"}).value();
    CHECK(options.nice == 0);
    CHECK(options.defaults.empty());
}

TEST_CASE("a file that cannot be read matters only if defaults count") {
    const char* argv[] = {"scoop-run", "a"};
    const OptionDefaults defaults{"run.conf", scoop::base::failure("read run.conf", "Permission denied"), ""};
    CHECK(parse_options(2, argv, "", defaults).error().sentence() == "read run.conf: Permission denied");
    const char* without[] = {"scoop-run", "--no-defaults", "a"};
    CHECK(parse_options(3, without, "", defaults));
}
