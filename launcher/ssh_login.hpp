// SshLogin: shows the host of a session who we are, with tickets, certificates, keys and the agent, never with a
// question.
//
// The order is that of use, for a host hears only a few: a Kerberos ticket (ssh_kerberos), the certificates, the key
// that is named (from its file, else by the agent), the agent's keys, the key files that ssh looks for by itself. With
// IdentitiesOnly no others are shown than those that the configuration names.
//
// One of the files that know libssh. One thread.
#pragma once

#include <libssh/libssh.h>

#include <optional>
#include <string>

#include "launcher/agent_key.hpp"
#include "launcher/notices.hpp"
#include "launcher/ssh_kerberos.hpp"
#include "launcher/ssh_keys.hpp"
#include "launcher/ssh_settings.hpp"
#include "launcher/start_problem.hpp"

namespace scoop::launcher {

struct SshLogin {
    ssh_session session;
    bool names_key;           ///< the session's first identity is one that the user has named
    std::string ssh_command;  ///< for advice: "ssh lab@node1"
    const SshSettings& settings;
    Notices& notices;

    using Finish = SshKerberos::Finish;
    using Wait = SshKerberos::Wait;
    [[nodiscard]] StartResult<void> run(const Finish& finish, const Wait& wait) const;
    [[nodiscard]] static bool has_host_left(ssh_session session);

private:
    [[nodiscard]] StartResult<int> offer_keys(const Finish& finish) const;
    [[nodiscard]] StartResult<int> offer_key(const KeyHandle& key, const Finish& finish) const;
    /// From its file, else by the agent.
    [[nodiscard]] StartResult<int> offer_named_key(const std::string& file, const Finish& finish) const;
    [[nodiscard]] StartResult<int> offer_key_of_agent(const std::string& file, const Finish& finish) const;
    /// One that the configuration names, with the key for it from a file, else by the agent.
    [[nodiscard]] StartResult<int> offer_certificate(const std::string& file, const Finish& finish) const;
    [[nodiscard]] StartResult<int> offer_by_agent(const AgentKey* key, const Finish& finish) const;
    [[nodiscard]] std::optional<StartProblem> closed_key() const;
    [[nodiscard]] std::optional<StartProblem> keyless_certificate() const;
    [[nodiscard]] StartProblem refusal(int answer, bool was_key_offered, const SshKerberos& kerberos) const;
};

}  // namespace scoop::launcher
