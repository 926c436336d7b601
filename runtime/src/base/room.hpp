// Room: how much this process may still have of what the system counts: processes and open descriptors. Any thread.
//
// Linux counts threads like processes, so these numbers contain them: for RLIMIT_NPROC (`ulimit -u`) all of the user on
// this machine, for pids.max all of a cgroup. Root is not held by the former.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/cgroup.hpp"
#include "base/process_tree.hpp"

namespace scoop::base {

struct Room {
    std::uint64_t used = 0;
    std::optional<std::uint64_t> limit;
    std::string limit_name;  ///< for people: "ulimit -u"; empty without a limit

    /// What is left; nothing without a limit.
    [[nodiscard]] std::optional<std::uint64_t> left() const;
    /// Whether less than a tenth of the limit is left when so many more have come.
    [[nodiscard]] bool is_near_limit(std::uint64_t more = 0) const;
    /// "950 of 1000 (ulimit -u)", "950"
    [[nodiscard]] std::string text() const;
};

/// The one with the least left; the first if none has a limit.
[[nodiscard]] Room tightest(const std::vector<Room>& rooms);

/// Of the cgroups around this process that have a limit.
[[nodiscard]] std::vector<Room> cgroup_process_rooms(const ReadFile& read_file);
/// Of this process's user and its cgroups, the tightest.
[[nodiscard]] Room process_room();
[[nodiscard]] Room descriptor_room();

}  // namespace scoop::base
