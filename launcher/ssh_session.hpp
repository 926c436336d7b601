// SshSession: the node of another host, started over SSH.
//
// A thread of its own makes the connection and then carries bytes between the channel and a socket pair, so that the
// job loop sees plain descriptors. The thread owns the connection; everything public belongs to the thread of the job
// loop.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "base/unique_fd.hpp"
#include "base/wakeup.hpp"
#include "launcher/session.hpp"
#include "launcher/ssh_connection.hpp"
#include "launcher/start_command.hpp"

namespace scoop::launcher {

class SshSession final : public Session {
public:
    /// Begins to start a node of the host. `logins` and `notices` outlive the session.
    [[nodiscard]] static StartResult<std::unique_ptr<SshSession>> start(SshTarget target, NodeStart node,
                                                                        LoginWindow& logins, Notices& notices);
    ~SshSession() override;

    [[nodiscard]] int read_fd() const override { return channel_.get(); }
    [[nodiscard]] int write_fd() const override { return channel_.get(); }
    [[nodiscard]] int stderr_fd() const override { return errors_.get(); }
    [[nodiscard]] int over_fd() const override { return over_.fd(); }
    [[nodiscard]] SessionEnd end() override;
    [[nodiscard]] std::string step() const override { return step_.step(); }
    [[nodiscard]] std::vector<StepTime> step_times() const override { return step_.times(); }
    void close() override;
    void kill() override;

private:
    SshSession() = default;

    void run(const SshTarget& target, const NodeStart& node, LoginWindow& logins, Notices& notices,
             base::UniqueFd channel, base::UniqueFd errors);
    /// In the advice of the problem, if it would help.
    void mention_openssh(const SshTarget& target);

    base::UniqueFd channel_;
    base::UniqueFd errors_;
    base::Wakeup stop_;
    base::Wakeup over_;
    StepClock step_;
    std::atomic<bool> is_running_{false};  ///< the command runs and hears the end of its input
    SessionEnd end_;                       ///< written by the thread before over_ is signalled
    std::thread thread_;
};

}  // namespace scoop::launcher
