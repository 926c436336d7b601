// FailedSession: a session that could not even be begun. It is over from the start, and says why.
#pragma once

#include <string>
#include <utility>

#include "base/wakeup.hpp"
#include "launcher/session.hpp"

namespace scoop::launcher {

class FailedSession final : public Session {
public:
    explicit FailedSession(StartProblem problem) : problem_(std::move(problem)) { over_.signal(); }

    [[nodiscard]] int read_fd() const override { return -1; }
    [[nodiscard]] int write_fd() const override { return -1; }
    [[nodiscard]] int stderr_fd() const override { return -1; }
    [[nodiscard]] int over_fd() const override { return over_.fd(); }
    [[nodiscard]] SessionEnd end() override { return {problem_, std::nullopt}; }
    [[nodiscard]] std::string step() const override { return problem_.step; }
    void close() override {}
    void kill() override {}

private:
    StartProblem problem_;
    base::Wakeup over_;
};

}  // namespace scoop::launcher
