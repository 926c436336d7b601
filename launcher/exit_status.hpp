// Every exit status of scoop-run, as scoop-run(1) lists them. Any thread.
#pragma once

#include <sys/wait.h>

namespace scoop::launcher {

// The root's own status is passed on as it is; these are ours.
inline constexpr int exit_usage = 2;             ///< wrong option, argument or hostfile
inline constexpr int exit_start_failed = 120;    ///< a host or worker could not be started
inline constexpr int exit_root_host_lost = 121;  ///< the host of the root went away in the middle of the job
inline constexpr int exit_timeout = 124;         ///< --timeout; the number that timeout(1) uses
inline constexpr int exit_internal = 125;        ///< scoop-run itself could not go on
inline constexpr int exit_not_a_program = 126;   ///< not executable, wrong architecture or not a scoop program
inline constexpr int exit_not_found = 127;       ///< the program does not exist

/// As shells say it: 128 and the number of the signal.
[[nodiscard]] constexpr int exit_by_signal(int number) { return 128 + number; }

/// The status for what waitpid said about the root.
[[nodiscard]] inline int exit_of_wait_status(int wait_status) {
    return WIFSIGNALED(wait_status) ? exit_by_signal(WTERMSIG(wait_status)) : WEXITSTATUS(wait_status);
}

}  // namespace scoop::launcher
