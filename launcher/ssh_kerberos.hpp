// SshKerberos: logs in to the host of a session with the user's Kerberos ticket (gssapi-with-mic, RFC 4462), where the
// host takes that, the configuration asks for it as ssh does, and there is a ticket. Else it costs nothing.
//
// One of the files that know libssh. One thread.
#pragma once

#include <libssh/libssh.h>

#include <functional>
#include <string>

#include "launcher/notices.hpp"
#include "launcher/ssh_settings.hpp"
#include "launcher/start_problem.hpp"

namespace scoop::launcher {

class SshKerberos {
public:
    /// Repeats a call of libssh until it does not say SSH_AUTH_AGAIN.
    using Finish = std::function<StartResult<int>(const std::function<int()>& call)>;
    /// Whether the descriptor became readable in time, which is ticket_time_max.
    using Wait = std::function<StartResult<bool>(int fd)>;

    SshKerberos(ssh_session session, const SshSettings& settings, Notices& notices)
        : session_(session), settings_(settings), notices_(notices) {}

    /// What the host answers; SSH_AUTH_DENIED too if nothing was shown to it. The second time nothing is.
    [[nodiscard]] StartResult<int> offer(const Finish& finish, const Wait& wait);

    [[nodiscard]] bool is_taken() const;
    /// By the host: no key will do.
    [[nodiscard]] bool is_taken_in_place_of_keys() const;
    /// Why we are not in: what was found, and what to do.
    [[nodiscard]] StartProblem reason() const;

private:
    [[nodiscard]] std::string host() const;

    ssh_session session_;
    const SshSettings& settings_;
    Notices& notices_;
    bool was_tried_ = false;
    bool is_late_ = false;
    std::string owner_;  ///< of the ticket
    std::string error_;  ///< why there is none for the host
};

}  // namespace scoop::launcher
