// ChildProcess: a process of this machine that scoop-run has started, from its start to the end of what is below it.
//
// Started with posix_spawn(3), since other threads may run. One thread. Destroying it kills what still runs.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "base/unique_fd.hpp"

namespace scoop::launcher {

struct ChildRequest {
    std::vector<std::string> words;                ///< argv; the program is looked up in PATH if it has no slash
    std::vector<std::string> environment;          ///< "NAME=value"
    std::vector<std::pair<int, int>> descriptors;  ///< {ours, the child's}; none of ours is the child's of another pair
    bool has_empty_input = false;                  ///< its stdin is /dev/null
    bool has_own_session = false;                  ///< away from the terminal and the signals that come from there
};

class ChildProcess {
public:
    /// Or the error number of why it cannot be executed. No signal is blocked in the child, and SIGPIPE ends it.
    [[nodiscard]] static tl::expected<ChildProcess, int> start(const ChildRequest& request);
    ChildProcess(ChildProcess&& other) noexcept
        : process_(std::exchange(other.process_, -1)), over_(std::move(other.over_)) {}
    ChildProcess& operator=(ChildProcess&&) = delete;
    ~ChildProcess();

    /// Readable once it has ended.
    [[nodiscard]] int over_fd() const { return over_.get(); }
    /// Waits for its end; as waitpid(2) gives it. Nothing when it was waited for before.
    [[nodiscard]] std::optional<int> wait();
    /// To the process and all below it.
    void signal_all(int number) const;

private:
    ChildProcess() = default;

    pid_t process_ = -1;  ///< -1 once it was waited for
    base::UniqueFd over_;
};

/// The environment of scoop-run without the role, and the files to remove, that a job around it may have given it.
[[nodiscard]] std::vector<std::string> environment_without_role();

}  // namespace scoop::launcher
