// Does the ssh program get where libssh did not? Asked when a host is lost already, to tell the user of the way out.
#pragma once

#include "launcher/ssh_connection.hpp"

namespace scoop::launcher {

/// Runs ssh as --launcher openssh would, with nothing to do there. Waits for it, until its step_time_max is over or
/// `stop_fd` is readable. Any thread.
[[nodiscard]] bool openssh_reaches(const SshTarget& target, int stop_fd);

}  // namespace scoop::launcher
