// Does the user have a Kerberos ticket for a host? Asked before libssh tries to log in with one, for libssh would look
// up the host's name and write to the host even if there is no ticket, and does not tell why there is none.
//
// Blocks: looks up names and may ask a key server, which nothing can interrupt. What it gets is kept in the user's
// cache of tickets, where libssh finds it. Any thread.
#pragma once

#include <string>

namespace scoop::launcher {

struct KerberosTicket {
    std::string owner;  ///< "ada@LAB.EXAMPLE"; empty: there is no ticket at all, or an expired one
    std::string error;  ///< why there is none for the host; empty: there is one
};

/// For the service "host" of `host`, as the user that `client` names; empty: whose tickets there are.
[[nodiscard]] KerberosTicket find_kerberos_ticket(const std::string& host, const std::string& client);

}  // namespace scoop::launcher
