// Plan: where the workers of a job go. Made of the options, the parsed hosts and what is known of this machine.
//
// The steps: names_to_resolve() → the caller resolves them → make_plan() → the caller reaches the hosts, whose nodes
// tell the slots that are still missing → place_workers(). Nothing here looks at the outside world. Pure; any thread.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/failure.hpp"
#include "base/ids.hpp"
#include "hostfile/host.hpp"
#include "hostfile/placement.hpp"
#include "launcher/options.hpp"

namespace scoop::launcher {

struct LocalFacts {
    std::vector<std::string> names;      ///< of this machine: gethostname first, then its full and its short form
    std::vector<std::string> addresses;  ///< of its interfaces; what a resolver or getnameinfo prints
    std::string user;                    ///< whose job this is
    std::uint32_t cpus = 1;              ///< usable by this process
    std::uint64_t threads_max = std::numeric_limits<std::uint64_t>::max();  ///< that the user may have (ulimit -u)
};

/// Addresses by name, for as many of the names as could be resolved.
using Resolution = std::map<std::string, std::vector<std::string>>;

struct PlannedHost {
    std::string name;                        ///< as the user wrote it
    std::string user;                        ///< to log in with; empty: SSH's own choice. Empty for the local host
    std::optional<std::uint16_t> port;       ///< none: SSH's own choice
    bool is_local = false;                   ///< this machine, reached without SSH; at most one host is
    std::optional<std::uint32_t> slots;      ///< none: as many as the CPUs its node will tell
    std::optional<std::uint32_t> slots_max;  ///< see hostfile::Host
    bool has_count = false;                  ///< its slots were written down
    std::vector<std::string> tags;           ///< what it has and tasks may need
    hostfile::HostSettings settings = {};    ///< what the hostfile says of its workers
    std::vector<base::Rank> ranks;           ///< filled by place_workers; empty: not part of the job
    std::string origin;                      ///< where the user named it: "hosts.txt:3"; empty: nowhere
};

struct Plan {
    std::vector<PlannedHost> hosts;  ///< at least one; the first runs the root
    hostfile::PlacementRules rules;
    bool root_works = true;
    std::vector<std::string> idle_hosts;  ///< names of the hosts that were given but are not needed
};

/// Whether `name` is one of this machine's: in any case, with or without the dot of the DNS root, localhost too.
[[nodiscard]] bool is_own_name(const std::string& name, const LocalFacts& facts);

/// Whether one of the addresses is this machine's.
[[nodiscard]] bool is_own_address(const std::vector<std::string>& addresses, const LocalFacts& facts);

/// The names of hosts of which only their addresses can tell whether they are this machine.
[[nodiscard]] std::vector<std::string> names_to_resolve(const std::vector<hostfile::Host>& hosts,
                                                        const LocalFacts& facts);

/// `hosts` is what -H or the hostfile named; without any, the job runs here, with as many workers as asked for even
/// beyond the CPUs.
///
/// A host is this machine when its name, or an address it has or resolves to, is ours, or the address is a loopback
/// one; but never with another user or with a port, which ask for SSH. Several names of this machine become one host,
/// whose slots add up as if it had been named again. Hosts that cannot be needed for the number of workers asked for,
/// because the ones before them have slots enough, are left out: nobody has to reach them.
[[nodiscard]] Plan make_plan(const Options& options, const std::vector<hostfile::Host>& hosts, const LocalFacts& facts,
                             const Resolution& resolution);

/// Refuses more workers on this machine than it can be meant to hold, before any is started: when no hosts are named,
/// 64 for each CPU unless `options` allow more; in any case as many as the user may have threads for.
[[nodiscard]] base::Result<void> check_workers_here(const Plan& plan, const Options& options, const LocalFacts& facts);

/// Whether too many workers are asked for, when every slot is known already; then nobody has to be reached to refuse.
[[nodiscard]] base::Result<void> check_slots(const Plan& plan);

/// Gives each host its ranks (hostfile::place). Requires the slots of every host. A host that gets none keeps its place
/// with empty ranks and is added to idle_hosts; its node has nothing to do. Call it once.
[[nodiscard]] base::Result<void> place_workers(Plan& plan);

/// A line for -v about idle_hosts; empty when there are none.
[[nodiscard]] std::string describe_idle_hosts(const Plan& plan);

}  // namespace scoop::launcher
