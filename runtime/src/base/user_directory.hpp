// The directory for files by which processes of one user on several hosts find each other. Any thread.
#pragma once

#include <string>

#include "base/failure.hpp"

namespace scoop::base {

/// "$XDG_CACHE_HOME/scoop", else "$HOME/.cache/scoop"; empty when neither is set to an absolute path.
[[nodiscard]] std::string user_directory();

/// Makes `path`, an absolute one, and the directories above it, for their owner only, as far as they are missing.
[[nodiscard]] Result<void> make_directories(const std::string& path, const char* advice);

}  // namespace scoop::base
