// SshSettings: what the user's configuration says of the keys for a host, as far as libssh 0.10 neither does nor tells
// it.
//
// The ssh program is asked (ssh -G): nobody else reads ssh_config(5) as ssh does. That takes milliseconds for each
// host, so it is done only where a configuration file has one of the keywords.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "launcher/ssh_connection.hpp"

namespace scoop::launcher {

struct SshSettings {
    std::string agent;                    ///< IdentityAgent: a socket, or "none"; empty: that of SSH_AUTH_SOCK
    bool only_identities = false;         ///< IdentitiesOnly
    std::vector<std::string> identities;  ///< with IdentitiesOnly the keys to offer, in order
};

/// Of what `ssh -G HOST` prints; `home` stands for "~" and "%d". Pure.
[[nodiscard]] SshSettings parse_ssh_settings(std::string_view printed, const std::string& home);

/// Waits for the ssh program for a few seconds at most; without one the settings are those of no configuration. Any
/// thread.
[[nodiscard]] SshSettings find_ssh_settings(const SshTarget& target);

}  // namespace scoop::launcher
