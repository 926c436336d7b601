// Starter: a command of this machine that starts the node of another host, where libssh is not what does it.
//
// Whatever it is (ssh, docker exec, kubectl exec, rsh, nsenter), the command gets one more word at its end, /bin/sh,
// which it runs on the host with our pipes as stdin and stdout; the shell reads from there what to do. So it does not
// matter whether a login shell reads that word, as with ssh, or nobody does.
//
// Some batch systems' starters have no pipes for us, or none that carry bytes as they are. There the shell is told what
// to do by -c and by its input or a file, and the node calls back (launcher/call_session,
// docs/decisions/0006-call-back.md). Pure; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "base/failure.hpp"
#include "launcher/call_back.hpp"
#include "launcher/ssh_connection.hpp"

namespace scoop::launcher {

/// What --launcher says.
struct Launcher {
    std::string name = "ssh";         ///< a row of the table of starters; empty: the user's own words
    std::vector<std::string> words;   ///< the user's own, with placeholders
    bool has_external_steps = false;  ///< srun knows --external-launcher
    /// Where the starter wants a number for a host: the hosts it numbers, from 0 on. A host may be there more than
    /// once.
    std::vector<std::string> numbered_hosts = {};

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
    CallBack call_back = CallBack::none;
};

/// Not for libssh. {host}, {user} and {port} are replaced in the user's own words; `own_user` is who logs in when the
/// target says nothing. `environment` is ours; what would change the meaning of the command is left out of it.
[[nodiscard]] StarterCommand starter_command(const Launcher& launcher, const SshTarget& target,
                                             const std::string& own_user, std::vector<std::string> environment);

/// Some starters only work inside of a job of their batch system. "NAME=value" is the environment that would tell.
[[nodiscard]] base::Result<void> check_job_around(const Launcher& launcher,
                                                  const std::vector<std::string>& environment);

/// Whether the nodes of this launcher call back.
[[nodiscard]] bool calls_back(const Launcher& launcher);

/// The number of the host that is meant by `host`, by its full or its short name.
[[nodiscard]] std::optional<std::size_t> number_of_host(const Launcher& launcher, std::string_view host);

/// From what `srun --version` prints: does it know --external-launcher (23.11)?
[[nodiscard]] bool has_external_steps(std::string_view version);

}  // namespace scoop::launcher
