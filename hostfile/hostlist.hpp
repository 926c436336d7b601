// The language of -H/--hosts and --exclude: "a,b:2,node[01-16]:8,user@c,[fd77::1]:2".
//
// Hosts are separated by commas or blanks; each is [user@]name[:slots] as host_expression.hpp says. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "base/failure.hpp"
#include "hostfile/host.hpp"

namespace scoop::hostfile {

/// The hosts of all `lists` (one for each time the option was given) in the order they were first named; how often a
/// host is named counts as merge_mentions says. The failure names the column and shows it with a caret.
[[nodiscard]] base::Result<std::vector<Host>> parse_host_lists(const std::vector<std::string>& lists);

/// The same language for --exclude, without slots: a host is left out as a whole.
[[nodiscard]] base::Result<std::vector<Host>> parse_exclusions(const std::vector<std::string>& lists);

}  // namespace scoop::hostfile
