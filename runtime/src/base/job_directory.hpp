// The directory of a job on this host: only the user may enter it, and only our sockets are in it. Any thread.
//
// Where everything is killed at once (a batch system at the time limit), nobody is left to remove it. Who makes one
// therefore keeps it locked (flock(2)) while it is in use, and whoever makes the next one removes those that nobody has
// locked any more: the kernel opens the lock when its holder has ended, in whatever way.
#pragma once

#include <string>

#include "base/failure.hpp"
#include "base/unique_fd.hpp"

namespace scoop::base {

struct JobDirectory {
    std::string path;
    UniqueFd lock;  ///< to be kept while the directory is in use
};

/// Makes a new one below $TMPDIR, or /tmp when that is not set or too long for a socket's path. Removes those of this
/// user there that were left behind.
[[nodiscard]] Result<JobDirectory> make_job_directory();

/// Removes the sockets in it and the directory itself. Anything that is not ours (another owner, a link, a directory
/// others may enter, a file that is no socket) is left alone.
void remove_job_directory(const std::string& path);

}  // namespace scoop::base
