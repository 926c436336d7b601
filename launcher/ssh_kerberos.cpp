#include "launcher/ssh_kerberos.hpp"

#include <utility>

#include "launcher/kerberos_ticket.hpp"
#include "launcher/lone_call.hpp"
#include "launcher/ssh_words.hpp"

namespace scoop::launcher {

bool SshKerberos::is_taken() const {
    return (ssh_userauth_list(session_, nullptr) & static_cast<int>(SSH_AUTH_METHOD_GSSAPI_MIC)) != 0;
}

bool SshKerberos::is_taken_in_place_of_keys() const {
    return is_taken() && (ssh_userauth_list(session_, nullptr) & static_cast<int>(SSH_AUTH_METHOD_PUBLICKEY)) == 0;
}

// With HostKeyAlias the session has another name for it.
std::string SshKerberos::host() const {
    if (!settings_.kerberos.server.empty()) return settings_.kerberos.server;
    return settings_.is_told() ? settings_.host : option_text(session_, SSH_OPTIONS_HOST);
}

StartResult<int> SshKerberos::offer(const Finish& finish, const Wait& wait) {
    if (was_tried_ || !settings_.kerberos.is_wanted || !is_taken()) return SSH_AUTH_DENIED;
    was_tried_ = true;
    const LoneCall<KerberosTicket> search(
        [host = host(), client = settings_.kerberos.client] { return find_kerberos_ticket(host, client); });
    const auto is_found = wait(search.fd());
    if (!is_found) return tl::unexpected(is_found.error());
    if (!*is_found) {
        is_late_ = true;
        notices_.add({Level::note,
                      "Kerberos has not answered in time; `GSSAPIAuthentication no` in ~/.ssh/config spares the wait"});
        return SSH_AUTH_DENIED;
    }
    KerberosTicket ticket = search.answer();
    owner_ = std::move(ticket.owner);
    error_ = std::move(ticket.error);
    if (!error_.empty()) return SSH_AUTH_DENIED;

    ssh_options_set(session_, SSH_OPTIONS_GSSAPI_SERVER_IDENTITY, host().c_str());
    if (!settings_.kerberos.client.empty())
        ssh_options_set(session_, SSH_OPTIONS_GSSAPI_CLIENT_IDENTITY, settings_.kerberos.client.c_str());
    const int delegates = settings_.kerberos.delegates ? 1 : 0;
    ssh_options_set(session_, SSH_OPTIONS_GSSAPI_DELEGATE_CREDENTIALS, &delegates);
    auto answer = finish([this] { return ssh_userauth_gssapi(session_); });
    // A token that cannot be made is no reason to leave: there are other ways to log in.
    const bool is_here = (ssh_get_status(session_) & (SSH_CLOSED | SSH_CLOSED_ERROR)) == 0;
    if (answer && *answer == SSH_AUTH_ERROR && is_here) return SSH_AUTH_DENIED;
    return answer;
}

StartProblem SshKerberos::reason() const {
    if (!settings_.kerberos.is_wanted)
        return {"auth", "Kerberos is not tried, since the SSH configuration does not ask for it",
                "put `GSSAPIAuthentication yes` into ~/.ssh/config for this host, and get a ticket with `kinit`"};
    if (is_late_) return {"auth", "Kerberos has not answered in time", "see where `kvno -S host " + host() + "` waits"};
    if (owner_.empty())
        return {"auth", "there is no valid Kerberos ticket: " + error_, "get one with `kinit`; `klist` shows it"};
    if (!error_.empty())
        return {"auth", "there is no Kerberos ticket of " + owner_ + " for it: " + error_,
                "the realm must know the host by the name used here (`klist` and GSSAPIServerIdentity help)"};
    return {"auth", "the host refuses the Kerberos ticket of " + owner_,
            "the user there must let " + owner_ + " in (~/.k5login), and the host's keytab and clock must be right"};
}

}  // namespace scoop::launcher
