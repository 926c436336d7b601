// Starter: a command of this machine that starts the node of another host, where libssh is not what does it.
//
// Whatever it is (ssh, docker exec, kubectl exec, rsh, nsenter), the command gets one more word at its end, "sh", which
// it runs on the host with our pipes as stdin and stdout; the shell reads from there what to do. So it does not matter
// whether a login shell reads that word, as with ssh, or nobody does. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "launcher/ssh_connection.hpp"

namespace scoop::launcher {

/// What --launcher says.
struct Launcher {
    std::string name = "ssh";        ///< a row of the table of starters; empty: the user's own words
    std::vector<std::string> words;  ///< the user's own, with placeholders

    /// The nodes of other hosts are reached by libssh.
    [[nodiscard]] bool is_libssh() const { return name == "ssh"; }
    /// Names of hosts are known to the user's own command, and perhaps to nobody else.
    [[nodiscard]] bool is_users_own() const { return name.empty(); }
};

/// Or what is allowed instead: "expected ssh, openssh or …".
[[nodiscard]] tl::expected<Launcher, std::string> parse_launcher(const std::string& value);

/// The command for one host, as argv. {host}, {user} and {port} are replaced in every word; `own_user` is who logs in
/// when the target says nothing. Not for libssh.
[[nodiscard]] std::vector<std::string> starter_command(const Launcher& launcher, const SshTarget& target,
                                                       const std::string& own_user);

}  // namespace scoop::launcher
