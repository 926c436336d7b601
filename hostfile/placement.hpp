// Placement: which ranks run on which host.
//
// By slot the first host is filled before the next, so that neighbouring ranks share a host; by host the ranks are
// dealt to the hosts in turn. Either way rank 0, the root, is on the first host. Pure; any thread.
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
    std::string why;                         ///< where the slots come from, for the table of a refusal
};

struct HostRanks {
    std::size_t host = 0;           ///< position in what was placed on
    std::vector<base::Rank> ranks;  ///< ascending, at least one
};

enum class Oversubscription { refuse, allow };
enum class Mapping { by_slot, by_host };

struct PlacementRules {
    std::optional<std::uint32_t> workers = {};   ///< none: `per_host` on each host, or else all slots
    std::optional<std::uint32_t> per_host = {};  ///< so many on a host and no more
    Mapping mapping = Mapping::by_slot;
    Oversubscription oversubscription = Oversubscription::refuse;
};

/// Deals workers over `hosts`, of which there is at least one. Hosts that get no rank are left out.
///
/// Workers beyond the sum of the slots are dealt in turn, beginning with the first host, when oversubscription is
/// allowed. Else, or where max_slots or `per_host` leaves no room, the failure has a table of the hosts with their
/// slots and says which option would help.
[[nodiscard]] base::Result<std::vector<HostRanks>> place(const std::vector<HostSlots>& hosts,
                                                         const PlacementRules& rules);

}  // namespace scoop::hostfile
