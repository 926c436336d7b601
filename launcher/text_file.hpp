// A file that a user wrote, read whole: a hostfile, default options, a batch system's list of hosts.
#pragma once

#include <string>

#include "base/failure.hpp"

namespace scoop::launcher {

/// At most 16 MiB. `attempt` and `what_it_is` are for the error: "read the hostfile x", "a list of hosts".
[[nodiscard]] base::Result<std::string> read_text_file(const std::string& attempt, const std::string& path,
                                                       const char* what_it_is);

}  // namespace scoop::launcher
