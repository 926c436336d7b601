// Starting one process: posix_spawn(3) with default signals and exactly the descriptors asked for. Any thread, other
// threads may run: nothing of this process is copied.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/failure.hpp"

namespace scoop::node {

struct SpawnRequest {
    std::string program;                           ///< a path
    std::vector<std::string> arguments;            ///< argv[0] included
    std::vector<std::string> environment;          ///< "NAME=value"
    std::vector<std::pair<int, int>> descriptors;  ///< {ours, the child's}; all others of ours are close-on-exec
    bool closes_others = false;                    ///< every descriptor behind the last of these is closed in the child
    bool own_session = false;                      ///< setsid(2): away from the terminal and its signals
};

/// The child's process id; a Failure also when the program could not be executed. All signals are unblocked in the
/// child and have their default action, except SIGHUP when this process ignores it: then the user typed nohup.
[[nodiscard]] base::Result<pid_t> spawn(const SpawnRequest& request);

/// `inherited` with `added` on top (the last of a name wins) and the role variable set to `role`.
[[nodiscard]] std::vector<std::string> environment_for_role(std::string_view role, std::vector<std::string> inherited,
                                                            const std::vector<std::string>& added = {});

/// The environment of this process.
[[nodiscard]] std::vector<std::string> current_environment();

}  // namespace scoop::node
