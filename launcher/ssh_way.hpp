// The way to a host as the ssh program goes it, and whom it trusts there: what a session of libssh has to be told, or
// asked, since libssh reads some files otherwise.
//
// One of the files that know libssh. One thread.
#pragma once

#include <libssh/libssh.h>

#include <string>

#include "launcher/ssh_settings.hpp"

namespace scoop::launcher {

/// Host, port, user and proxy. Nothing where ssh was not asked.
void go_where_ssh_goes(ssh_session session, const SshSettings& settings);

/// The file of known_hosts that marks the server's key as revoked; empty: none does.
[[nodiscard]] std::string file_that_revokes(ssh_session session);

/// HostKeyAlias: the name by which the host stands in known_hosts. For a session that has its connection.
void look_up_key_as_ssh_does(ssh_session session, const SshSettings& settings);

}  // namespace scoop::launcher
