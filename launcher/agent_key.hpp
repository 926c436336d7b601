// AgentKey: one key of the user's SSH agent, with its certificates, shown to libssh as if the agent held no other.
//
// libssh 0.10 offers all keys of an agent in the agent's order, and a host hears only a few. The key that the user has
// named may be one that only the agent can use: its file has a passphrase, or is the public half of a key on a token.
// Which key of the agent it is the file tells: a public key, or a private key in OpenSSH's own format, where the public
// half is readable without the passphrase; else the .pub file beside it. The agent's protocol is that of
// draft-ietf-sshm-ssh-agent. libssh waits for the agent within its calls, so a thread of this object answers it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/unique_fd.hpp"

namespace scoop::launcher {

/// The bytes that a file with a public or private key has as base64 text; empty if it has none. Pure.
[[nodiscard]] std::string key_file_bytes(std::string_view text);
/// The same of a file that may be none or not be there.
[[nodiscard]] std::string key_bytes_in(const std::string& file);
/// The public keys in an agent's answer to the question which ones it holds; none if it is no such answer. Pure.
[[nodiscard]] std::vector<std::string> keys_in_answer(std::string_view answer);

/// A request to an agent to sign with the key `shown`, made one to sign with `held`. Any other stays as it is. Pure.
[[nodiscard]] std::string signing_with(std::string_view request, const std::string& shown, const std::string& held);

/// Of a certificate for a key: that key, as an agent would show it. Anything else stays as it is. Pure.
[[nodiscard]] std::string plain_key(std::string_view key);

class AgentKey {
public:
    /// Null: no agent is named, it does not answer, or it does not hold the key of that file, nor a certificate for it.
    /// `agent` is its socket; empty: SSH_AUTH_SOCK names it.
    [[nodiscard]] static std::unique_ptr<AgentKey> find(const std::string& key_file, const std::string& agent);
    /// The certificate of a file as the agent's, which holds it or only the key that it is for. Null: as above.
    [[nodiscard]] static std::unique_ptr<AgentKey> find_certificate(const std::string& file, const std::string& agent);

    /// What the host is shown, and by what the agent knows it.
    struct Key {
        std::string shown;
        std::string held;
    };
    AgentKey(base::UniqueFd agent, base::FdPair ends, std::vector<Key> keys);
    AgentKey(const AgentKey&) = delete;
    AgentKey& operator=(const AgentKey&) = delete;
    ~AgentKey();

    /// A connection to "the agent", for as long as this object is there, which owns it.
    [[nodiscard]] int socket() const { return ends_.second.get(); }

private:
    void serve() const;

    base::UniqueFd agent_;
    base::FdPair ends_;
    std::vector<Key> keys_;  ///< certificates come first
    std::thread thread_;
};

}  // namespace scoop::launcher
