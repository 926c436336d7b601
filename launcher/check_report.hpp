// What --check prints: how far the program comes on each host, and what it finds there. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "launcher/start_problem.hpp"
#include "protocol/control.hpp"

namespace scoop::launcher {

struct CheckedHost {
    std::string name;
    bool is_local = false;
    std::optional<StartProblem> problem;  ///< none: it could take part
    control::NodeHello hello;             ///< empty if it did not come so far
    base::Duration clock_ahead{};         ///< of ours
};

/// A table with a column for each step, and below it, for each host that failed, what was heard and what to do.
[[nodiscard]] std::string check_report(const std::vector<CheckedHost>& hosts);

}  // namespace scoop::launcher
