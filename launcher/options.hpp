// Options: what the command line of scoop-run asks for.
//
//     scoop-run [options] [--] program [arguments]
//
// The options of scoop-run end at the first argument that is none: `scoop-run -n 4 ./a -n 5 --help` passes "-n 5
// --help" to ./a. Of an option given twice the last counts, but -H, --exclude,
// -x, --wrap and -v add up. Pure; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/failure.hpp"
#include "hostfile/placement.hpp"
#include "launcher/output_style.hpp"
#include "launcher/wrap.hpp"

namespace scoop::launcher {

using Seconds = std::chrono::duration<double>;

inline constexpr std::uint64_t stack_bytes_min = 64u << 10;
inline constexpr std::uint64_t stack_bytes_max = 1u << 30;

struct Options {
    std::optional<std::uint32_t> workers;  ///< none: all slots
    std::vector<std::string> hosts;        ///< one entry for each -H, not parsed yet
    std::string hostfile;                  ///< path; empty: none. Never together with hosts
    std::vector<std::string> exclude;      ///< one entry for each --exclude, not parsed yet
    std::optional<std::uint32_t> per_host;
    hostfile::Mapping mapping = hostfile::Mapping::by_slot;
    bool oversubscribe = false;
    bool root_works = true;

    std::vector<std::string> environment;  ///< one entry for each -x: a name, a pattern or NAME=value
    std::string working_directory;         ///< empty: not given, as for the next one
    std::string setup;                     ///< shell text, one line
    std::uint32_t nice = 0;

    std::string ssh_user;  ///< empty: not given, as for the next ones
    std::optional<std::uint16_t> ssh_port;
    std::string ssh_identity;
    std::string ssh_config;
    bool ssh_accept_new = false;

    Seconds start_timeout{30};
    Seconds timeout{0};  ///< zero: none
    Seconds stop_grace{5};
    std::uint64_t stack_bytes = 1u << 20;

    OutputStyle output;
    bool passes_input = true;  ///< our stdin goes to the root

    std::vector<Wrap> wraps;
    bool dry_run = false;

    int verbosity = 0;  ///< -1 with -q, else the number of -v
    bool help = false;
    bool version = false;

    std::string program;  ///< as typed; empty only with help or version
    std::vector<std::string> arguments;
};

/// `hostfile_variable` is the value of SCOOP_HOSTFILE, empty when it is not set; it stands in for --hostfile when the
/// command line names no hosts. A failure names the argument as typed and says what is allowed.
[[nodiscard]] base::Result<Options> parse_options(int argc, const char* const* argv,
                                                  std::string_view hostfile_variable = {});

/// For --help: 80 columns, ends with a line end. So does version_text().
[[nodiscard]] std::string help_text();
[[nodiscard]] std::string version_text();

}  // namespace scoop::launcher
