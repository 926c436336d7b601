// Keys that known_hosts marks as revoked, sshd(8). libssh 0.10 passes over every line with a marker. Pure; any thread.
#pragma once

#include <string_view>

namespace scoop::launcher {

/// `key` is the text in base64, without its kind. For whichever hosts a line stands: who revokes a key for some of them
/// has no reason to trust it elsewhere, and names may be hashed.
[[nodiscard]] bool revokes_key(std::string_view known_hosts, std::string_view key);

}  // namespace scoop::launcher
