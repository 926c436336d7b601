// Do hosts that the user named belong to the batch job? Pure; any thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "hostfile/allocation.hpp"
#include "hostfile/host.hpp"

namespace scoop::hostfile {

struct AllocationCheck {
    std::vector<std::string> strangers;  ///< names that the job does not have
    std::vector<std::string> overfull;   ///< hosts with more slots than the job has there: "a: 8 slots, 4 of the job"
};

/// Addresses by name, for as many of the names as could be resolved.
using AddressesOfNames = std::map<std::string, std::vector<std::string>>;

/// Compares `hosts` with those of the job, and gives a host of the job that has no slots those of the job.
///
/// Names are of one host when they are equal, in any case, when one is the other without its domain, or when they have
/// an address in common.
[[nodiscard]] AllocationCheck check_against(const Allocation& allocation, std::vector<Host>& hosts,
                                            const AddressesOfNames& addresses);

/// A sentence about what `check` has found; empty when everything is of the job. `where` is what named the hosts.
[[nodiscard]] std::string describe_check(const AllocationCheck& check, const Allocation& allocation,
                                         const std::string& where);

}  // namespace scoop::hostfile
