// How a host's node is started: what a shell there runs, and what it reads first. Pure but for current_directory; any
// thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "launcher/stage_order.hpp"

namespace scoop::launcher {

/// What our command in a remote shell prints first, on a line of its own: the login shell has done its part.
inline constexpr std::string_view shell_marker = "scoop-shell-ready";
/// Printed on the control channel after the user's set-up text has succeeded, on a line of its own.
inline constexpr std::string_view setup_marker = "scoop-setup-done";

struct NodeStart {
    std::string program;      ///< absolute path without line ends; each "{arch}" stands for what `uname -m` says there
    std::string setup;        ///< shell text without line ends that runs before the program; empty: none
    StageOrder stage = {};    ///< what the host gets before
    bool calls_back = false;  ///< it has no channel: the next line of its input is a protocol::CallText (node/caller)
    std::string loader =
        {};  ///< of the program, asked there for all libraries that are missing; empty: nobody is asked
};

struct RemoteStart {
    std::string command;      ///< for the login shell
    std::string first_input;  ///< its first bytes of input, before any frame
};

/// To start a node over SSH in `directory`, if that exists there. The command is a fixed text that every login shell
/// (csh and fish too) reads alike; paths and the set-up come as lines of input, so that no shell splits or expands
/// them. Descriptors 3 and 4 become the control channel; what the program prints before scoop::run goes to stderr.
///
/// The set-up runs in a login shell, the user's if it understands sh, else bash or sh: `module` is a function that the
/// files of a login shell define.
///
/// Files that are copied before (launcher/stage_script) make it a longer text, which comes as the first line of input.
/// No frame may follow before the node has spoken.
[[nodiscard]] RemoteStart make_remote_start(const NodeStart& start, const std::string& directory);

/// The same as the first line of input of an sh that nobody else has told anything, with paths and set-up quoted in it.
/// No frame may follow before the node has spoken: such a shell may have read more than the line.
[[nodiscard]] std::string make_script(const NodeStart& start, const std::string& directory);

/// Ours, which other hosts often have too; "." (to stay) when it cannot be told in a line.
[[nodiscard]] std::string current_directory();

/// The shell for a set-up on this machine: `own`, the user's, if it understands sh, else `bash` if there is one. It is
/// started without another before it: dash drops the functions that bash exports, and `module` is one.
[[nodiscard]] std::string local_setup_shell(const std::string& own, const std::optional<std::string>& bash);

/// The argv, program first, that starts a node on this machine. With a set-up it is `shell`, not as a login shell,
/// whose files might replace the environment that scoop-run was started in. Nothing is copied.
[[nodiscard]] std::vector<std::string> make_local_start(const NodeStart& start, std::string_view architecture,
                                                        const std::string& shell);

/// One word for sh, whatever is in it.
[[nodiscard]] std::string quote_for_sh(std::string_view text);

/// `path` with every "{arch}" replaced.
[[nodiscard]] std::string with_architecture(std::string_view path, std::string_view architecture);

}  // namespace scoop::launcher
