// The directory of a job on this host: only the user may enter it, and only our sockets are in it. Any thread.
#pragma once

#include <string>

#include "base/failure.hpp"

namespace scoop::base {

/// Makes a new one below $TMPDIR, or /tmp when that is not set or too long for a socket's path.
[[nodiscard]] Result<std::string> make_job_directory();

/// Removes the sockets in it and the directory itself. Anything that is not ours (another owner, a link, a directory others
/// may enter, a file that is no socket) is left alone.
void remove_job_directory(const std::string& path);

}  // namespace scoop::base
