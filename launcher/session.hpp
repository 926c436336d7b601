// Session: the way to one host's node, whoever started it. A local process, libssh or a command does.
//
// The job loop sees plain descriptors to poll: the control channel, perhaps the node's stderr, and one that tells the
// end. A session belongs to the thread of the job loop; what threads it keeps inside are its own business. Destroying
// it ends what still runs and waits for that, which takes milliseconds.
#pragma once

#include <string>
#include <vector>

#include "launcher/start_problem.hpp"
#include "launcher/start_times.hpp"

namespace scoop::launcher {

class Session {
public:
    virtual ~Session() = default;

    /// The control channel, both non-blocking; -1 after close().
    [[nodiscard]] virtual int read_fd() const = 0;
    [[nodiscard]] virtual int write_fd() const = 0;
    /// What the program and the shell write to stderr, non-blocking; -1 when it goes straight to ours.
    [[nodiscard]] virtual int stderr_fd() const = 0;
    /// Readable once the session is over for good; then, and only then, end() has an answer.
    [[nodiscard]] virtual int over_fd() const = 0;
    [[nodiscard]] virtual SessionEnd end() = 0;

    /// What the node's side reads before any frame.
    [[nodiscard]] virtual std::string first_input() const { return {}; }

    /// Where a node that has no channel of its own writes what it says before it calls back: all of that so far.
    [[nodiscard]] virtual std::string said_before_call() { return {}; }

    /// The step it is at, for a host that answers too late.
    [[nodiscard]] virtual std::string step() const = 0;

    /// How long the steps before that took, as far as anybody knows.
    [[nodiscard]] virtual std::vector<StepTime> step_times() const { return {}; }

    /// Closes the control channel, which ends the node; over_fd() becomes readable when it has.
    virtual void close() = 0;
    /// Does not wait for the node to end by itself any more. The second time nothing of it stays on this machine.
    virtual void kill() = 0;

protected:
    Session() = default;
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
};

}  // namespace scoop::launcher
