// Starting one process: posix_spawn(3) with default signals and exactly the descriptors asked for. Any thread, other
// threads may run: nothing of this process is copied.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/cpu_set.hpp"
#include "base/failure.hpp"

namespace scoop::node {

struct SpawnRequest {
    std::string program;                           ///< a path
    std::vector<std::string> arguments;            ///< argv[0] included
    std::vector<std::string> environment;          ///< "NAME=value"
    std::vector<std::pair<int, int>> descriptors;  ///< {ours, the child's}; all others of ours are close-on-exec
    bool closes_others = false;                    ///< every descriptor behind the last of these is closed in the child
    std::uint32_t nice = 0;                        ///< steps by which the child's priority is lower than ours
    base::CpuSet cpus = {};                        ///< where the child may run; empty: where we may
    bool own_session = false;                      ///< setsid(2): away from the terminal and its signals
};

/// The child's process id; a Failure also when the program could not be executed. All signals are unblocked in the
/// child and have their default action, except SIGHUP when this process ignores it: then the user typed nohup.
[[nodiscard]] base::Result<pid_t> spawn(const SpawnRequest& request);

/// `inherited` with `added` on top (the last of a name wins) and the role variable set to `role`.
[[nodiscard]] std::vector<std::string> environment_for_role(std::string_view role, std::vector<std::string> inherited,
                                                            const std::vector<std::string>& added = {});

/// The value of the variable, if `environment` has it.
[[nodiscard]] std::optional<std::string> value_of(const std::vector<std::string>& environment, std::string_view name);

/// "OMP_NUM_THREADS=N", so that the workers of a host together have as many threads as it has CPUs; nothing if
/// `environment` has the variable. OpenMP reads it, and OpenBLAS, MKL and BLIS do when they find none of their own.
[[nodiscard]] std::optional<std::string> thread_limit(const std::vector<std::string>& environment, std::uint32_t cpus,
                                                      std::size_t workers);

/// The environment of this process.
[[nodiscard]] std::vector<std::string> current_environment();

}  // namespace scoop::node
