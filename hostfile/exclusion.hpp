// Exclusion: what is left of a list of hosts when some are not to be used.
//
// Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "base/failure.hpp"
#include "hostfile/host.hpp"

namespace scoop::hostfile {

struct Remaining {
    std::vector<Host> hosts;
    std::vector<std::string> unmatched;  ///< names of the excluded that nobody had listed
};

/// `hosts` without those that `excluded` names: in any case, with or without the dot of the DNS root, and with any
/// port, and any user unless the exclusion gives one. A failure when none is left of what was there.
[[nodiscard]] base::Result<Remaining> exclude_hosts(std::vector<Host> hosts, const std::vector<Host>& excluded);

}  // namespace scoop::hostfile
