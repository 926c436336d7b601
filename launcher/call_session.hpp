// CallSession: the node of another host whose starter (launcher/starter) gives it no channel to us: the node calls back
// (launcher/call_desk), and learns where and with which key from its input or, where the starter has none for it, from
// a file (launcher/call_files).
//
// The starter itself is as in a CommandSession: it has a session of its own, and its end is the session's. One thread,
// the job loop's.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/unique_fd.hpp"
#include "launcher/call_desk.hpp"
#include "launcher/call_files.hpp"
#include "launcher/child_process.hpp"
#include "launcher/session.hpp"
#include "launcher/start_command.hpp"
#include "launcher/starter.hpp"

namespace scoop::launcher {

class CallSession final : public Session {
public:
    [[nodiscard]] static StartResult<std::unique_ptr<CallSession>> start(const StarterCommand& command,
                                                                         const NodeStart& node, CallDesk& desk);
    ~CallSession() override;

    [[nodiscard]] int read_fd() const override { return channel_.get(); }
    [[nodiscard]] int write_fd() const override { return channel_.get(); }
    [[nodiscard]] int stderr_fd() const override { return errors_.get(); }
    [[nodiscard]] int over_fd() const override { return process_->over_fd(); }
    [[nodiscard]] SessionEnd end() override;
    [[nodiscard]] std::string step() const override { return "program"; }
    [[nodiscard]] std::string said_before_call() override;
    void close() override;
    /// The first time the starter is asked, so that it can tell the host; the second time it is killed.
    void kill() override;

private:
    CallSession(CallDesk& desk, std::string token) : desk_(desk), token_(std::move(token)) {}
    [[nodiscard]] base::Result<void> prepare(const StarterCommand& command, const NodeStart& node);
    [[nodiscard]] StartResult<void> run(const StarterCommand& command);

    CallDesk& desk_;
    const std::string token_;
    std::vector<std::string> words_;  ///< of the starter
    std::string input_text_;          ///< for it; empty when that is in a file
    std::optional<CallFiles> files_;
    std::optional<ChildProcess> process_;
    base::UniqueFd channel_;
    base::UniqueFd errors_;
    base::UniqueFd errors_end_;  ///< of the pipe, for the starter
    base::UniqueFd output_;
    base::UniqueFd input_;
    std::string said_;
    SessionEnd end_;
    bool is_asked_to_end_ = false;
};

}  // namespace scoop::launcher
