// SshSettings: what the user's configuration says of a host, as far as libssh 0.10 does otherwise than ssh.
//
// The ssh program is asked (ssh -G): nobody else reads ssh_config(5) as ssh does. That takes milliseconds for each
// host, so it is done only where the configuration has something that libssh does not know or misreads (ssh_doubts).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "launcher/notices.hpp"
#include "launcher/ssh_config.hpp"

namespace scoop::launcher {

struct SshTarget;

/// Whether a Kerberos ticket is shown to a host that takes it, and how.
struct SshKerberosSettings {
    bool is_wanted = false;  ///< GSSAPIAuthentication, if PreferredAuthentications has it too
    bool delegates = false;  ///< GSSAPIDelegateCredentials
    std::string server;      ///< GSSAPIServerIdentity, else empty
    std::string client;      ///< GSSAPIClientIdentity, else empty
};

struct SshSettings {
    std::string agent;                      ///< IdentityAgent: a socket, or "none"; empty: that of SSH_AUTH_SOCK
    bool only_identities = false;           ///< IdentitiesOnly
    std::vector<std::string> identities;    ///< the key files, in order
    std::vector<std::string> certificates;  ///< CertificateFile
    std::string host;                       ///< where we connect, see HostName
    std::string port;
    std::string user;
    std::string proxy;           ///< ProxyCommand, also made of ProxyJump
    std::string host_key_alias;  ///< HostKeyAlias
    std::string bind_address;    ///< BindAddress
    SshKerberosSettings kerberos;
    int family = 0;  ///< AddressFamily: AF_INET, AF_INET6, or 0 for any

    std::map<std::string, std::string> values;  ///< all that ssh has printed, by keyword; of several the first
    /// Else all of this says nothing.
    [[nodiscard]] bool is_told() const { return !values.empty(); }
};

/// Of what `ssh -G HOST` prints; `home` stands for "~" and "%d". Pure.
[[nodiscard]] SshSettings parse_ssh_settings(std::string_view printed, const std::string& home);

/// Of the lines for a host, for which nobody has to ask ssh. Pure.
[[nodiscard]] SshKerberosSettings kerberos_settings_of(const std::vector<SshConfigLine>& lines);

/// Waits for the ssh program for a few seconds at most; without one the settings are those of no configuration. What
/// the user has to know of the configuration goes to `notices`. Any thread.
[[nodiscard]] SshSettings find_ssh_settings(const SshTarget& target, Notices& notices);

}  // namespace scoop::launcher
