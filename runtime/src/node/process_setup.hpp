// What guardian and node process do to themselves before anything else. From the main thread, once.
#pragma once

#include <initializer_list>
#include <string_view>

#include "base/failure.hpp"
#include "base/unique_fd.hpp"

namespace scoop::node {

/// Descriptors 0 to 2 exist afterwards (so that no socket of ours ever becomes one of them), and those of the control
/// channel are close-on-exec. A Failure if there is no channel.
[[nodiscard]] base::Result<void> prepare_descriptors();

/// A line for whoever sees the stderr of this process: all that is left when there is no channel.
void say_on_stderr(std::string_view text);

/// Orphaned descendants become children of this process (prctl(2), PR_SET_CHILD_SUBREAPER).
void become_subreaper();

/// Returns a pipe that delivers the signals from now on, whichever thread they come to: code before scoop::run may have
/// made threads that block nothing, and those would take them past a signalfd. SIGPIPE is ignored from now on. SIGHUP
/// is left out where it is ignored already (nohup). Once in a process.
[[nodiscard]] base::Result<base::UniqueFd> take_signals(std::initializer_list<int> numbers);

/// A signal that came through the pipe of take_signals.
struct TakenSignal {
    int number = 0;
    bool is_from_terminal = false;  ///< a key was pressed: every process of the foreground group has got it
};
/// The next one; number 0 when there is none.
[[nodiscard]] TakenSignal next_signal(int signal_fd);

}  // namespace scoop::node
