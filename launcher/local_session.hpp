// LocalSession: the node of this machine, started with posix_spawn.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "base/unique_fd.hpp"
#include "launcher/child_process.hpp"
#include "launcher/session.hpp"
#include "launcher/stage_links.hpp"
#include "launcher/start_command.hpp"

namespace scoop::launcher {

class LocalSession final : public Session {
public:
    /// Starts a node. It gets descriptors 3 and 4, and as 0, 1 and 2 the terminal where ours are
    /// the terminal, else /dev/null and our stderr. A StartProblem when it cannot be executed.
    [[nodiscard]] static StartResult<std::unique_ptr<LocalSession>> start(const NodeStart& node);

    [[nodiscard]] int read_fd() const override { return from_node_.get(); }
    [[nodiscard]] int write_fd() const override { return to_node_.get(); }
    [[nodiscard]] int stderr_fd() const override { return -1; }
    [[nodiscard]] int over_fd() const override { return process_.over_fd(); }
    [[nodiscard]] SessionEnd end() override;
    [[nodiscard]] std::string step() const override { return "program"; }
    void close() override;
    void kill() override;

private:
    LocalSession(StageLinks links, ChildProcess process, base::UniqueFd from_node, base::UniqueFd to_node)
        : links_(std::move(links)),
          process_(std::move(process)),
          from_node_(std::move(from_node)),
          to_node_(std::move(to_node)) {}

    StageLinks links_;  ///< outlives the process
    ChildProcess process_;
    base::UniqueFd from_node_;
    base::UniqueFd to_node_;
    SessionEnd end_;
};

}  // namespace scoop::launcher
