// What of the user's SSH configuration only the ssh program does: whether it has to be asked for a host (ssh -G), and
// what the user is told of the rest, that ssh would do and libssh 0.10 passes over without a word. Pure.
//
// Told is where we would go to another host than ssh or trust another key; what else may matter for the way to a host
// only -v tells. What only matters to somebody who sits at a terminal is told by nobody.
#pragma once

#include <string>
#include <vector>

#include "launcher/notices.hpp"
#include "launcher/ssh_config.hpp"
#include "launcher/ssh_settings.hpp"

namespace scoop::launcher {

/// Something in the lines is read by libssh otherwise than by ssh, or by nobody.
[[nodiscard]] bool must_ask_ssh(const std::vector<SshConfigLine>& lines);

/// `settings` are those of the host to which the lines belong.
[[nodiscard]] std::vector<Notice> doubts_of(const std::vector<SshConfigLine>& lines, const SshSettings& settings);

}  // namespace scoop::launcher
