#include "launcher/stage_script.hpp"

#include <algorithm>

#include "base/stage_directory.hpp"
#include "launcher/stage_store.hpp"
#include "launcher/start_command.hpp"

namespace scoop::launcher {

namespace {

// "libm.so.6", "libm.so", but not "notes.sorted".
bool is_library(const std::string& path) {
    const std::string name = file_name_of(path);
    return name.ends_with(".so") || name.find(".so.") != std::string::npos;
}

// Whatever ends the shell, other than SIGKILL, removes the directory.
constexpr std::string_view begin =
    "stage_failed() { echo \"scoop-stage failed $1 $2\"; exit 120; }; "
    "mask=$(umask); umask 077; "
    "stage=$(mktemp -d \"${TMPDIR:-/tmp}/scoop-stage.XXXXXXXXXX\" 2>&1) || stage_failed directory \"$stage\"; "
    "trap \"exit 129\" HUP; trap \"exit 130\" INT; trap \"exit 141\" PIPE; trap \"exit 143\" TERM; "
    "trap \"rm -rf \\\"\\$stage\\\"\" EXIT; "
    "umask \"$mask\"; set -C; "
    "echo \"scoop-stage begin $(uname -m) $stage\"; ";

// The end of the input is the end of the launcher.
constexpr std::string_view receive =
    "while IFS= read -r name || exit 120; test -n \"$name\"; do "
    "IFS= read -r size; IFS= read -r mode; IFS= read -r kind; "
    "said=$({ head -c \"$size\" >\"$stage/$name\"; } 2>&1) || stage_failed write \"$said\"; "
    "said=$(chmod \"$mode\" \"$stage/$name\" 2>&1) || stage_failed write \"$said\"; "
    "test \"-$kind\" \"$stage/$name\" || stage_failed noexec \"$stage\"; "
    "echo \"scoop-stage got $(cksum <\"$stage/$name\")\"; "
    "done; set +C; ";

// As the program ended, so that whoever waits for the shell learns it.
constexpr std::string_view script_end =
    "status=$?; rm -rf \"$stage\"; trap - EXIT HUP INT PIPE TERM; "
    "test $status -le 128 || kill -$((status - 128)) $$; exit $status";

}  // namespace

bool has_library(const StageOrder& order) { return std::any_of(order.files.begin(), order.files.end(), is_library); }

std::string prefer_staged_libraries(const StageOrder& order) {
    if (!has_library(order)) return {};
    const std::string directory = std::string("$") + base::stage_variable;
    return "export LD_LIBRARY_PATH=\"" + directory + "${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}\"; ";
}

std::string make_stage_script(const StageOrder& order, const std::string& run) {
    std::string script;
    if (!order.parent_directory.empty()) script += "TMPDIR=" + quote_for_sh(order.parent_directory) + "; ";
    script += std::string(begin) + std::string(receive);
    script +=
        std::string("export ") + base::stage_variable + "=\"$stage\" " + base::stage_owner_variable + "=\"$stage\"; ";
    return script + prefer_staged_libraries(order) + "( " + run + " ); " + std::string(script_end);
}

}  // namespace scoop::launcher
