// What libssh knows of a session, as text for messages.
//
// One of the files that know libssh. One thread.
#pragma once

#include <libssh/libssh.h>

#include <string>

namespace scoop::launcher {

/// Empty if it is not set.
[[nodiscard]] std::string option_text(ssh_session session, ssh_options_e option);
/// Of the server's key, with its kind.
[[nodiscard]] std::string fingerprint(ssh_session session);
/// The same key as known_hosts has it, without its kind; empty if it cannot be had.
[[nodiscard]] std::string server_key_text(ssh_session session);
/// "publickey, password"
[[nodiscard]] std::string methods_text(int methods);

}  // namespace scoop::launcher
