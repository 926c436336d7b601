// The way to a host as the ssh program goes it, set in a session of libssh, which reads some configurations otherwise.
//
// One of the files that know libssh. One thread.
#pragma once

#include <libssh/libssh.h>

#include "launcher/ssh_settings.hpp"

namespace scoop::launcher {

/// Host, port, user and proxy. Nothing where ssh was not asked.
void go_where_ssh_goes(ssh_session session, const SshSettings& settings);

/// HostKeyAlias: the name by which the host stands in known_hosts. For a session that has its connection.
void look_up_key_as_ssh_does(ssh_session session, const SshSettings& settings);

}  // namespace scoop::launcher
