// Options: what the command line of scoop-run asks for.
//
//     scoop-run [options] [--] program [arguments]
//     scoop-run --status [job]
//     scoop-run --join job --hosts list
//     scoop-run --leave job --hosts list
//
// The options of scoop-run end at the first argument that is none: `scoop-run -n 4 ./a -n 5 --help` passes "-n 5
// --help" to ./a. Of an option given twice the last counts, but -H, --exclude,
// -x, --stage-file, --wrap and -v add up. Pure; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cpu_topology.hpp"
#include "base/failure.hpp"
#include "hostfile/placement.hpp"
#include "launcher/output_style.hpp"
#include "launcher/starter.hpp"
#include "launcher/wrap.hpp"
#include "protocol/control.hpp"

namespace scoop::launcher {

using Seconds = std::chrono::duration<double>;

inline constexpr std::uint64_t stack_bytes_min = 64u << 10;
inline constexpr std::uint64_t stack_bytes_max = 1u << 30;

/// What --batch takes beside the names of the systems.
inline constexpr std::string_view batch_auto = "auto";
inline constexpr std::string_view batch_none = "none";

struct Options {
    std::optional<std::uint32_t> workers;  ///< none: all slots
    std::vector<std::string> hosts;        ///< one entry for each -H, not parsed yet
    std::string hostfile;                  ///< path; empty: none. Never together with hosts
    std::string batch{batch_auto};         ///< whose job to take the hosts from
    std::vector<std::string> exclude;      ///< one entry for each --exclude, not parsed yet
    std::optional<std::uint32_t> per_host;
    hostfile::Mapping mapping = hostfile::Mapping::by_slot;
    bool oversubscribe = false;
    std::optional<base::CpuUnit> bind_to;
    bool root_works = true;
    bool respawn = false;
    std::string journal;  ///< directory on the root's host; empty: none

    std::vector<std::string> environment;        ///< one entry for each -x: a name, a pattern or NAME=value
    std::vector<std::string> environment_files;  ///< with such lines, which count less
    std::string working_directory;               ///< empty: not given, as for the next one
    std::string setup;                           ///< shell text, one line
    std::uint32_t nice = 0;
    bool stage = false;                    ///< copy the program to the other hosts
    std::vector<std::string> stage_files;  ///< paths of further files to copy

    std::optional<Launcher> launcher;
    std::string ssh_user;  ///< empty: not given, as for the next ones
    std::optional<std::uint16_t> ssh_port;
    std::string ssh_identity;
    std::string ssh_config;
    bool ssh_accept_new = false;

    std::string interface;         ///< of this machine, for the root broker; empty: not given
    std::uint16_t port_first = 0;  ///< 0: any
    std::uint16_t port_last = 0;
    control::Tunnel tunnel = control::Tunnel::automatic;

    Seconds start_timeout{30};
    Seconds timeout{0};  ///< zero: none
    Seconds stop_grace{5};
    std::uint64_t stack_bytes = 0;  ///< 0: the workers know
    bool spins = false;             ///< who waits keeps its processor busy

    OutputStyle output;
    bool passes_input = true;  ///< our stdin goes to the root

    std::vector<Wrap> wraps;
    bool dry_run = false;
    bool timing = false;
    bool check = false;                  ///< look at the hosts and run nothing
    bool goes_on_without_hosts = false;  ///< those that cannot take part

    int verbosity = 0;  ///< -1 with -q, else the number of -v
    bool help = false;
    bool version = false;
    std::string completion;  ///< the shell to print a script for; empty: none

    bool status = false;  ///< of running jobs, in place of running one
    std::string join;     ///< the job that `hosts` are to join, in place of running one
    std::string leave;    ///< the job that `hosts` are to leave, in place of running one
    std::string job;      ///< which one's status; empty: that of all

    bool no_defaults = false;           ///< the command line alone counts
    std::vector<std::string> defaults;  ///< options that it has from elsewhere, "run.conf:3: --nice 5"

    std::string program;  ///< as typed; empty only with help, version, completion, status, join or leave
    std::vector<std::string> arguments;
};

/// Where options come from that hold unless the command line has others. Both texts are words, see split_words.
struct OptionDefaults {
    std::string file_name;                     ///< of run.conf, for messages
    base::Result<std::string> file_text = "";  ///< options on each line; a line that begins with # is a comment
    std::string variable;                      ///< SCOOP_RUN_OPTIONS, which wins over the file
};

/// `hostfile_variable` is the value of SCOOP_HOSTFILE, empty when it is not set; it stands in for --hostfile when
/// nothing else names hosts. The hosts of one place replace those of a weaker one, and so do -v and -q. A failure names
/// the argument as typed, where it stands, and says what is allowed; one of the defaults matters only if they count.
[[nodiscard]] base::Result<Options> parse_options(int argc, const char* const* argv,
                                                  std::string_view hostfile_variable = {},
                                                  const OptionDefaults& defaults = {});

/// For --help: 80 columns, ends with a line end. So does version_text().
[[nodiscard]] std::string help_text();
[[nodiscard]] std::string version_text();

}  // namespace scoop::launcher
