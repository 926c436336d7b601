// CommandSession: the node of another host, started by a command of this machine (launcher/starter).
//
// The command's stdin and stdout are the control channel. It has a session of its own, so that Ctrl-C reaches it by way
// of us only; the end of its input tells it, and the host, of our end. One thread, the job loop's.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "base/unique_fd.hpp"
#include "launcher/child_process.hpp"
#include "launcher/session.hpp"
#include "launcher/start_command.hpp"
#include "launcher/starter.hpp"

namespace scoop::launcher {

/// Why `program` could not be executed on this machine: `error_number` is posix_spawn's.
[[nodiscard]] StartProblem spawn_problem(const std::string& program, int error_number);

class CommandSession final : public Session {
public:
    [[nodiscard]] static StartResult<std::unique_ptr<CommandSession>> start(const StarterCommand& command,
                                                                            const NodeStart& node);

    [[nodiscard]] int read_fd() const override { return output_.get(); }
    [[nodiscard]] int write_fd() const override { return input_.get(); }
    [[nodiscard]] int stderr_fd() const override { return errors_.get(); }
    [[nodiscard]] int over_fd() const override { return process_.over_fd(); }
    [[nodiscard]] SessionEnd end() override;
    [[nodiscard]] std::string step() const override { return "program"; }
    [[nodiscard]] std::string first_input() const override { return script_; }
    void close() override;
    /// The first time the command is asked, so that it can tell the host; the second time it is killed.
    void kill() override;

private:
    CommandSession(ChildProcess process, std::string script)
        : process_(std::move(process)), script_(std::move(script)) {}

    ChildProcess process_;
    std::string script_;
    base::UniqueFd input_;
    base::UniqueFd output_;
    base::UniqueFd errors_;
    SessionEnd end_;
    bool is_asked_to_end_ = false;
};

}  // namespace scoop::launcher
