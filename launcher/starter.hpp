// Starter: a command of this machine that starts the node of another host, where libssh is not what does it.
//
// Whatever it is (ssh, docker exec, kubectl exec, rsh, nsenter), the command gets one more word at its end, /bin/sh,
// which it runs on the host with our pipes as stdin and stdout; the shell reads from there what to do. So it does not
// matter whether a login shell reads that word, as with ssh, or nobody does. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "base/failure.hpp"
#include "launcher/ssh_connection.hpp"

namespace scoop::launcher {

/// What --launcher says.
struct Launcher {
    std::string name = "ssh";        ///< a row of the table of starters; empty: the user's own words
    std::vector<std::string> words;  ///< the user's own, with placeholders
    bool has_external_steps = false;  ///< srun knows --external-launcher

    /// The nodes of other hosts are reached by libssh.
    [[nodiscard]] bool is_libssh() const { return name == "ssh"; }
    /// Names of hosts are known to the user's own command, and perhaps to nobody else.
    [[nodiscard]] bool is_users_own() const { return name.empty(); }
};

/// Or what is allowed instead: "expected ssh, openssh or …".
[[nodiscard]] tl::expected<Launcher, std::string> parse_launcher(const std::string& value);

/// What starts the node of one host.
struct StarterCommand {
    std::vector<std::string> words;        ///< argv; empty: libssh does it
    std::vector<std::string> environment;  ///< "NAME=value"
};

/// Not for libssh. {host}, {user} and {port} are replaced in the user's own words; `own_user` is who logs in when the
/// target says nothing. `environment` is ours; what would change the meaning of the command is left out of it.
[[nodiscard]] StarterCommand starter_command(const Launcher& launcher, const SshTarget& target,
                                             const std::string& own_user, std::vector<std::string> environment);

/// Some starters only work inside of a job of their batch system. "NAME=value" is the environment that would tell.
[[nodiscard]] base::Result<void> check_job_around(const Launcher& launcher,
                                                  const std::vector<std::string>& environment);

/// From what `srun --version` prints: does it know --external-launcher (23.11)?
[[nodiscard]] bool has_external_steps(std::string_view version);

}  // namespace scoop::launcher
