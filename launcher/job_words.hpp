// How a job's quantities are said. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"

namespace scoop::launcher {

/// "5 s", "0.25 s"
[[nodiscard]] std::string seconds_text(base::Duration duration);

/// "rank 3", "ranks 0-3,7"; the ranks ascend.
[[nodiscard]] std::string ranks_text(const std::vector<base::Rank>& ranks);

}  // namespace scoop::launcher
