// StartProblem: why a host could not take part, found from what it said; and the table that shows all of them.
//
// Pure text in, text out. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "base/failure.hpp"
#include "launcher/call_back.hpp"
#include "launcher/elf_check.hpp"
#include "launcher/exit_status.hpp"
#include "launcher/shared_libraries.hpp"

namespace scoop::launcher {

struct StartProblem {
    std::string step;    ///< resolve, connect, host key, auth, shell, program, library, call-back, …
    std::string said;    ///< in the words of the host or of the system; may have several lines
    std::string advice;  ///< what the user can do; may be empty
    int exit_status = exit_start_failed;
};

template <class T>
using StartResult = tl::expected<T, StartProblem>;

/// A failure of that step, its advice apart.
[[nodiscard]] StartProblem problem_of(std::string step, base::Failure failure);

/// Why the program could not be executed on this machine, of architecture `here`: `error_number` is posix_spawn's.
[[nodiscard]] StartProblem diagnose_spawn(const std::string& program, const FileFacts& facts, const std::string& here,
                                          int error_number);

/// How the other side of a session ended, as far as its starter knows.
struct SessionEnd {
    std::optional<StartProblem> problem;  ///< the starter itself failed
    std::optional<int> wait_status;       ///< of the program or the remote shell, as waitpid gives it
};

/// What is known about a host that could not be started.
struct StartEvidence {
    std::string host;
    std::string origin;  ///< where the user named it: "hosts.txt:3"; empty: nowhere
    std::string program;
    std::string program_here;     ///< the program's file on our own machine, if it is there
    FileFacts program_facts;      ///< of that file
    LibraryFiles libraries_here;  ///< of that file too, when a library is missing there
    bool is_local = false;
    std::vector<std::string> starter;     ///< the command that is to bring a shell there; empty: this machine or libssh
    CallBack call_back = CallBack::none;  ///< how the node gets a channel then
    std::string call_directory;           ///< where it reads how, when that is in a file
    bool is_node = false;                 ///< its program has said that it is a node
    bool is_staging = false;              ///< files are copied there, and not all have arrived
    std::string stage_progress;           ///< how far that is
    bool has_setup = false;               ///< the user gave a set-up
    bool is_setup_done = false;           ///< which has succeeded
    bool has_shell = false;               ///< its login shell ran our command (always, when local)
    std::string noise;                    ///< what came on the channel before the ready line
    std::string errors;                   ///< the end of its stderr
    SessionEnd end;                       ///< once the session is over
};

/// Of a host whose session is over.
[[nodiscard]] StartProblem diagnose_end(const StartEvidence& evidence);
/// Of a host that was not ready in time, `step` being where its session is.
[[nodiscard]] StartProblem diagnose_lateness(const StartEvidence& evidence, const std::string& step);

struct HostProblem {
    std::string host;
    StartProblem problem;
};

/// `sentence`, and behind it the last lines of what the host, or the command that is to reach it, wrote.
[[nodiscard]] std::string with_words_of_host(std::string sentence, const StartEvidence& evidence);

/// The table for stderr, every line ended, control characters made harmless.
[[nodiscard]] std::string problem_table(const std::vector<HostProblem>& problems, std::size_t hosts_in_all);

/// The same about a job that goes on without them.
[[nodiscard]] std::string left_out_table(const std::vector<HostProblem>& problems, std::size_t hosts_in_all);

/// The same about hosts that were to join a running job.
[[nodiscard]] std::string not_joined_table(const std::vector<HostProblem>& problems, std::size_t hosts_in_all);

/// Rows of such a table: what each host said and what to do.
[[nodiscard]] std::string problem_rows(const std::vector<HostProblem>& problems);

/// The status to end with: the one all hosts agree on ("not found" everywhere is 127), else exit_start_failed.
[[nodiscard]] int status_of_problems(const std::vector<HostProblem>& problems, std::size_t hosts_in_all);

/// `text` with control characters (tabs and line ends too) as spaces or \xNN, so that a host cannot steer the terminal.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace scoop::launcher
