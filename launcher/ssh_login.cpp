#include "launcher/ssh_login.hpp"

#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "launcher/ssh_keys.hpp"
#include "launcher/ssh_words.hpp"

namespace scoop::launcher {

StartResult<void> SshLogin::run(const Finish& finish, const Wait& wait) const {
    SshKerberos kerberos(session, settings, notices);
    StartResult<int> answer = finish([&] { return ssh_userauth_none(session, nullptr); });
    const std::string error_before_keys = ssh_get_error(session);
    const auto wants_a_key = [&] { return answer && *answer != SSH_AUTH_SUCCESS && *answer != SSH_AUTH_ERROR; };
    if (wants_a_key()) answer = kerberos.offer(finish, wait);
    if (wants_a_key() && !kerberos.is_taken_in_place_of_keys()) {
        answer = offer_keys(finish);
        // What follows asks the agent first, then the key files.
        if (wants_a_key() && *answer != SSH_AUTH_PARTIAL && !settings.only_identities)
            answer = finish([&] { return ssh_userauth_publickey_auto(session, nullptr, nullptr); });
        // The host may want both, the key first.
        if (answer && *answer == SSH_AUTH_PARTIAL && kerberos.is_taken_in_place_of_keys())
            answer = kerberos.offer(finish, wait);
    }
    if (!answer) return tl::unexpected(answer.error());
    if (*answer == SSH_AUTH_SUCCESS) return {};
    // The host answers every key that is offered.
    StartProblem problem = refusal(*answer, ssh_get_error(session) != error_before_keys, kerberos);
    if (settings.kerberos.is_wanted && kerberos.is_taken() && !kerberos.is_taken_in_place_of_keys()) {
        const StartProblem reason = kerberos.reason();
        problem.said += "\n" + reason.said;
        problem.advice += "; or " + reason.advice;
    }
    return tl::unexpected(std::move(problem));
}

// What libssh would offer behind all keys of the agent, when the host may have heard enough, or not at all.
StartResult<int> SshLogin::offer_keys(const Finish& finish) const {
    StartResult<int> answer = SSH_AUTH_DENIED;
    const auto is_denied = [&] { return answer && *answer == SSH_AUTH_DENIED; };
    const char* home = std::getenv("HOME");
    const std::string identity = option_text(session, SSH_OPTIONS_IDENTITY);
    const auto certified = settings.only_identities ? with_certificates(settings.identities)
                                                    : certified_key_files(identity, home != nullptr ? home : "");
    for (const std::string& file : settings.certificates)
        if (is_denied()) answer = offer_certificate(file, finish);
    for (const std::string& file : certified)
        if (is_denied()) answer = offer_key(load_certified_key(file), finish);
    if (settings.only_identities) {
        for (const std::string& file : settings.identities)
            if (is_denied()) answer = offer_named_key(file, finish);
    } else if (names_key && is_denied()) {
        answer = offer_named_key(identity, finish);
    }
    return answer;
}

StartResult<int> SshLogin::offer_key(const KeyHandle& key, const Finish& finish) const {
    if (!key) return SSH_AUTH_DENIED;
    return finish([&] { return ssh_userauth_publickey(session, nullptr, key.get()); });
}

StartResult<int> SshLogin::offer_named_key(const std::string& file, const Finish& finish) const {
    if (const KeyHandle key = load_key(file)) return offer_key(key, finish);
    return offer_key_of_agent(file, finish);
}

StartResult<int> SshLogin::offer_key_of_agent(const std::string& file, const Finish& finish) const {
    return offer_by_agent(AgentKey::find(file, settings.agent).get(), finish);
}

StartResult<int> SshLogin::offer_certificate(const std::string& file, const Finish& finish) const {
    if (const KeyHandle key = load_key_of_certificate(file, settings.identities)) return offer_key(key, finish);
    return offer_by_agent(AgentKey::find_certificate(file, settings.agent).get(), finish);
}

StartResult<int> SshLogin::offer_by_agent(const AgentKey* key, const Finish& finish) const {
    if (key == nullptr) return SSH_AUTH_DENIED;
    ssh_set_agent_socket(session, key->socket());
    auto answer = finish([&] { return ssh_userauth_agent(session, nullptr); });
    // When it wants the agent again libssh connects to it by itself.
    ssh_set_agent_socket(session, SSH_INVALID_SOCKET);
    return answer;
}

// Of the key that is named: why it was not offered, if it was not.
std::optional<StartProblem> SshLogin::closed_key() const {
    const std::string file = option_text(session, SSH_OPTIONS_IDENTITY);
    if (!names_key || ::access(file.c_str(), R_OK) != 0 || load_key(file)) return std::nullopt;
    if (AgentKey::find(file, settings.agent)) return std::nullopt;
    return StartProblem{"auth",
                        "the key " + file + " was not offered: it has a passphrase, and the agent of " +
                            (settings.agent.empty() ? "SSH_AUTH_SOCK" : settings.agent) + " does not hold it",
                        "`ssh-add " + file + "` opens it for all jobs, with the agent that is meant in SSH_AUTH_SOCK"};
}

// Of a certificate that was not offered.
std::optional<StartProblem> SshLogin::keyless_certificate() const {
    for (const std::string& file : settings.certificates) {
        if (load_key_of_certificate(file, settings.identities) || AgentKey::find_certificate(file, settings.agent))
            continue;
        const bool is_there = ::access(file.c_str(), R_OK) == 0;
        return StartProblem{
            "auth",
            "the certificate " + file + " of CertificateFile was not offered: " +
                (is_there ? "neither a key file nor the agent has its key" : "the file cannot be read"),
            is_there ? "name the key that it is for with IdentityFile, or `ssh-add` it" : "check the name"};
    }
    return std::nullopt;
}

bool SshLogin::has_host_left(ssh_session session) {
    return (ssh_get_status(session) & (SSH_CLOSED | SSH_CLOSED_ERROR)) != 0;
}

StartProblem SshLogin::refusal(int answer, bool was_key_offered, const SshKerberos& kerberos) const {
    const std::string accepted = methods_text(ssh_userauth_list(session, nullptr));
    const std::string user = option_text(session, SSH_OPTIONS_USER);
    if (kerberos.is_taken_in_place_of_keys() && !has_host_left(session)) {
        const StartProblem reason = kerberos.reason();
        const std::string wanted = answer == SSH_AUTH_PARTIAL
                                       ? "the host wants more than a key: " + accepted
                                       : "the host takes no keys; it accepts " + accepted + " for user " + user;
        return {"auth", wanted + "\n" + reason.said, reason.advice};
    }
    if (answer != SSH_AUTH_PARTIAL)
        for (auto reason : {keyless_certificate(), closed_key()})
            if (reason) return std::move(*reason);
    if (has_host_left(session))
        return {"auth", std::string("the host ended the connection while keys were offered: ") + ssh_get_error(session),
                "hosts hear only a few keys (MaxAuthTries): name the right one with --ssh-identity or IdentityFile, or "
                "take others out of the agent with `ssh-add -d`"};
    if (answer == SSH_AUTH_DENIED && !was_key_offered) {
        const std::string agent = std::getenv("SSH_AUTH_SOCK") != nullptr
                                      ? "the agent has none"
                                      : "no agent is named (SSH_AUTH_SOCK is not set)";
        return {"auth",
                "there is no key to offer: " + agent + ", and there is no key file; the host accepts " + accepted +
                    " for user " + user,
                "make a key with ssh-keygen and put it there with ssh-copy-id, or name one with --ssh-identity"};
    }
    std::string said = "the host wants more than a key: " + accepted;
    if (answer != SSH_AUTH_PARTIAL) {
        said = "the host refuses every key that we have; it accepts " + accepted + " for user " + user;
        if (const std::string error = ssh_get_error(session); !error.empty()) said += "\n" + error;
    }
    return {"auth", said,
            "`" + ssh_command +
                " true` must work without a question: ssh-copy-id puts a key there, ssh-add opens one "
                "with a passphrase"};
}

}  // namespace scoop::launcher
