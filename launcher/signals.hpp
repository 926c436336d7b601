// SignalFd: the signals that concern a job, read from a descriptor instead of interrupting somebody. The main thread
// makes it before any other thread exists, so that all of them inherit the blocked mask; those of LoneCall block all
// signals.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "base/unique_fd.hpp"

namespace scoop::launcher {

class SignalFd {
public:
    /// Blocks SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT and those of base/program_signals for the
    /// whole process, except those that were ignored when we were started (nohup, a job in the background of a script):
    /// they stay ignored. SIGPIPE is ignored from now on. Forked children get all of them back.
    [[nodiscard]] static base::Result<SignalFd> make();

    [[nodiscard]] int fd() const { return fd_.get(); }
    /// The next signal's number, nothing if there is none. SIGTTIN and SIGTTOU, by which a terminal stops who uses it
    /// from the background, are told as SIGTSTP.
    [[nodiscard]] std::optional<int> take();

private:
    explicit SignalFd(base::UniqueFd fd) : fd_(std::move(fd)) {}
    base::UniqueFd fd_;
};

/// It asks for the end of the job.
[[nodiscard]] bool is_end_signal(int number);

/// Does what SIGTSTP does to a program that does not know it: this process stops until SIGCONT comes. Returns at once
/// where no shell could continue it (an orphaned process group, see setpgid(2)).
void stop_this_process();

/// "SIGINT"
[[nodiscard]] std::string signal_name(int number);

}  // namespace scoop::launcher
