// LocalSession: the node of this machine, started with posix_spawn.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "base/failure.hpp"
#include "base/unique_fd.hpp"
#include "launcher/session.hpp"
#include "launcher/start_command.hpp"

namespace scoop::launcher {

class LocalSession final : public Session {
public:
    /// Starts a node. It gets descriptors 3 and 4, and as 0, 1 and 2 the terminal where ours are
    /// the terminal, else /dev/null and our stderr. A StartProblem when it cannot be executed.
    [[nodiscard]] static StartResult<std::unique_ptr<LocalSession>> start(const NodeStart& node);
    ~LocalSession() override;

    [[nodiscard]] int read_fd() const override { return from_node_.get(); }
    [[nodiscard]] int write_fd() const override { return to_node_.get(); }
    [[nodiscard]] int stderr_fd() const override { return -1; }
    [[nodiscard]] int over_fd() const override { return process_fd_.get(); }
    [[nodiscard]] SessionEnd end() override;
    [[nodiscard]] std::string step() const override { return "program"; }
    void close() override;
    void kill() override;

private:
    LocalSession() = default;

    pid_t process_ = -1;  ///< -1 once it was waited for
    base::UniqueFd process_fd_;
    base::UniqueFd from_node_;
    base::UniqueFd to_node_;
    SessionEnd end_;
};

}  // namespace scoop::launcher
