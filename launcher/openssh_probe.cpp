#include "launcher/openssh_probe.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <utility>

#include "base/clock.hpp"
#include "base/unique_fd.hpp"
#include "launcher/child_process.hpp"
#include "launcher/starter.hpp"
#include "launcher/tcp_connect.hpp"

namespace scoop::launcher {

bool openssh_reaches(const SshTarget& target, int stop_fd) {
    const base::UniqueFd nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    if (!nowhere) return false;
    ChildRequest request;
    Launcher openssh;
    openssh.name = "openssh";
    // The shell at its end finds its input empty and is done.
    StarterCommand command = starter_command(openssh, target, {}, environment_without_role());
    request.words = std::move(command.words);
    request.environment = std::move(command.environment);
    request.has_empty_input = true;
    request.descriptors = {{nowhere.get(), STDOUT_FILENO}, {nowhere.get(), STDERR_FILENO}};
    request.has_own_session = true;
    auto ssh = ChildProcess::start(request);
    if (!ssh) return false;
    switch (wait_until(ssh->over_fd(), POLLIN, stop_fd, base::Clock::now() + target.step_time_max)) {
        case Waited::ready: return ssh->wait() == 0;
        case Waited::stopped:
        case Waited::timed_out: break;
    }
    return false;
}

}  // namespace scoop::launcher
