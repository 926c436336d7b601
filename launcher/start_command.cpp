#include "launcher/start_command.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

#include "launcher/shared_libraries.hpp"
#include "launcher/stage_script.hpp"
#include "launcher/stage_store.hpp"

namespace scoop::launcher {

namespace {

constexpr std::string_view architecture_word = "{arch}";

std::vector<std::string> split_at_architecture(std::string_view path) {
    std::vector<std::string> pieces;
    for (;;) {
        const std::size_t at = path.find(architecture_word);
        pieces.emplace_back(path.substr(0, at));
        if (at == std::string_view::npos) return pieces;
        path.remove_prefix(at + architecture_word.size());
    }
}

std::string export_role(const NodeStart& start) {
    return std::string("export SCOOP_ROLE=") + (start.calls_back ? "caller; " : "node; ");
}

// Of a shell that has as $1 the program, as $2 the set-up, which gets neither our channel nor our input. It may have
// replaced the list of directories where the copied libraries were.
std::string setup_and_program(const NodeStart& start) {
    return "eval \"$2\" 3<&- 4>&- </dev/null >&2 && { echo " + std::string(setup_marker) + " >&4; " +
           prefer_staged_libraries(start.stage) + list_missing_libraries(start.loader, "\"$1\"") + export_role(start) +
           "exec \"$1\"; }";
}

std::string in_double_quotes(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) quoted += (c == '"' || c == '$' ? "\\" : "") + std::string(1, c);
    return quoted + "\"";
}

// Goes on in a login shell that understands sh. Stands between single quotes, and knows none.
std::string run_setup(const NodeStart& start) {
    return "shell=sh; if command -v bash >/dev/null; then shell=bash; fi; "
           "case \"$SHELL\" in */sh|*/bash|*/dash|*/ash|*/ksh|*/mksh|*/zsh) shell=$SHELL;; esac; "
           "exec \"$shell\" -l -c " +
           in_double_quotes(setup_and_program(start)) + " scoop-setup \"$program\" \"$setup\"";
}

// The shell's variable with a piece of the program's path, between whose pieces the architecture stands.
std::string piece_variable(std::size_t piece) { return "p" + std::to_string(piece); }

// Enters the directory and becomes the program, or the shell that runs the set-up before. Knows no single quotes.
std::string run_node(const NodeStart& start, std::size_t pieces) {
    std::string program = (start.stage.has_program ? "$stage/$" : "$") + piece_variable(0);
    for (std::size_t k = 1; k < pieces; ++k) program += "$(uname -m)$" + piece_variable(k);
    return "{ cd \"$directory\" 2>/dev/null; program=\"" + program + "\"; " +
           (start.setup.empty()
                ? list_missing_libraries(start.loader, "\"$program\"") + export_role(start) + "exec \"$program\""
                : run_setup(start)) +
           " 3<&0 4>&1 </dev/null >&2; }";
}

// Of the program's path, between whose pieces the architecture stands on the host.
std::vector<std::string> pieces_for_host(const NodeStart& start) {
    return split_at_architecture(start.stage.has_program ? file_name_of(start.program) : start.program);
}

std::string assignments(const NodeStart& start, const std::string& directory, const std::vector<std::string>& pieces) {
    std::string text = "directory=" + quote_for_sh(directory);
    for (std::size_t k = 0; k < pieces.size(); ++k) text += " " + piece_variable(k) + "=" + quote_for_sh(pieces[k]);
    if (!start.setup.empty()) text += " setup=" + quote_for_sh(start.setup);
    return text + "; ";
}

// What a shell does that knows the paths and the set-up.
std::string run_all(const NodeStart& start, std::size_t pieces) {
    const std::string run = run_node(start, pieces);
    return start.stage.is_empty() ? run : make_stage_script(start.stage, run);
}

}  // namespace

std::string quote_for_sh(std::string_view text) {
    std::string quoted = "'";
    for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + "'";
}

std::string with_architecture(std::string_view path, std::string_view architecture) {
    const std::vector<std::string> pieces = split_at_architecture(path);
    std::string result = pieces.front();
    for (std::size_t k = 1; k < pieces.size(); ++k) result += std::string(architecture) + pieces[k];
    return result;
}

RemoteStart make_remote_start(const NodeStart& start, const std::string& directory) {
    const std::vector<std::string> pieces = pieces_for_host(start);
    const std::string opening = "exec sh -c 'echo " + std::string(shell_marker);
    if (!start.stage.is_empty())
        return {opening + " && IFS= read -r script && eval \"$script\"'",
                assignments(start, directory, pieces) + run_all(start, pieces.size()) + "\n"};
    RemoteStart remote;
    remote.first_input = directory + "\n";
    std::string reads = " && IFS= read -r directory";
    for (std::size_t k = 0; k < pieces.size(); ++k) {
        reads += " && IFS= read -r " + piece_variable(k);
        remote.first_input += pieces[k] + "\n";
    }
    if (!start.setup.empty()) {
        reads += " && IFS= read -r setup";
        remote.first_input += start.setup + "\n";
    }
    remote.command = opening + reads + " && " + run_all(start, pieces.size()) + "'";
    return remote;
}

std::string make_script(const NodeStart& start, const std::string& directory) {
    const std::vector<std::string> pieces = pieces_for_host(start);
    return assignments(start, directory, pieces) + "echo " + std::string(shell_marker) + " && " +
           run_all(start, pieces.size()) + "\n";
}

std::string current_directory() {
    std::error_code error;
    const std::string directory = std::filesystem::current_path(error).string();
    return error || directory.find('\n') != std::string::npos ? "." : directory;
}

std::string local_setup_shell(const std::string& own, const std::optional<std::string>& bash) {
    for (const char* name : {"/sh", "/bash", "/dash", "/ash", "/ksh", "/mksh", "/zsh"})
        if (own.ends_with(name)) return own;
    return bash.value_or("/bin/sh");
}

std::vector<std::string> make_local_start(const NodeStart& start, std::string_view architecture,
                                          const std::string& shell) {
    std::string program = with_architecture(start.program, architecture);
    if (start.setup.empty()) return {std::move(program)};
    return {shell, "-c", setup_and_program(start), "scoop-setup", std::move(program), start.setup};
}

}  // namespace scoop::launcher
