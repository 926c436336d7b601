// How a process ended, in words.
#pragma once

#include <string>

namespace scoop::base {

/// "exited with status 3" or "was killed by signal 9 (Killed)", from what waitpid(2) gave.
[[nodiscard]] std::string describe_wait_status(int wait_status);

}  // namespace scoop::base
