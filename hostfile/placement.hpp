// Placement: which ranks run on which host.
//
// By slot: the first host is filled before the next, so that neighbouring ranks share a host and rank 0, the root, is
// on the first. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/failure.hpp"
#include "base/ids.hpp"

namespace scoop::hostfile {

/// More workers than this are taken for a mistake.
inline constexpr std::uint32_t workers_max = 1u << 20;

/// What placement knows of a host. The slots of a host without a count are its usable CPUs, which its node tells.
struct HostSlots {
    std::string name;
    std::uint32_t slots = 1;
    std::optional<std::uint32_t> slots_max;  ///< not to be passed even when oversubscribing
};

struct HostRanks {
    std::size_t host = 0;           ///< position in what was placed on
    std::vector<base::Rank> ranks;  ///< consecutive, at least one
};

enum class Oversubscription { refuse, allow };

/// Deals `workers` (all slots when absent) over `hosts`, of which there is at least one. Hosts that get no rank are
/// left out. Workers beyond the sum of the slots are dealt round-robin, beginning with the first host, when
/// oversubscription is allowed; still each host's ranks are consecutive. Else, or where no max_slots leaves room, the
/// failure has a table of the hosts and their slots.
[[nodiscard]] base::Result<std::vector<HostRanks>> place(const std::vector<HostSlots>& hosts,
                                                         std::optional<std::uint32_t> workers,
                                                         Oversubscription oversubscription);

}  // namespace scoop::hostfile
