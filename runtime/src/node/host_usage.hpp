// What a host has of the limits that may keep workers from starting, and what to say of it. Any thread.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/failure.hpp"
#include "base/ids.hpp"
#include "base/room.hpp"
#include "protocol/node_usage.hpp"

namespace scoop::node {

/// Of this process and of workers, by rank and pid, that run; those that end meanwhile are left out.
[[nodiscard]] control::NodeUsage measure_usage(const std::vector<std::pair<base::Rank, pid_t>>& workers);

/// VmRSS and VmHWM of a text of /proc/PID/status (proc(5)); zero where they are missing.
[[nodiscard]] control::WorkerMemory parse_memory(base::Rank rank, std::string_view status);

/// What is to be started on a host.
struct Crew {
    std::size_t workers = 0;
    bool has_root = false;
};

/// Raises the limit of open files for those that are to be started. A line for each limit of which little is left with
/// them; a failure if one is too low for them.
[[nodiscard]] base::Result<std::vector<std::string>> make_room_for(const Crew& crew);
/// The same without the raising.
[[nodiscard]] base::Result<std::vector<std::string>> check_room(const Crew& crew, const base::Room& processes,
                                                                const base::Room& descriptors);

/// The failure of a start; it names the limit behind it where one is exhausted.
[[nodiscard]] base::Failure with_shortage(base::Failure failure, const base::Room& processes,
                                          const base::Room& descriptors);
[[nodiscard]] base::Failure with_shortage(base::Failure failure);

}  // namespace scoop::node
