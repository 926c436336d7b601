// NodeUsage: what a host has of the system's limits and of memory, as its node tells scoop-run that asks for it
// (scoop-run --status). The payload of the control frame `usage`. Plain values; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/failure.hpp"
#include "base/ids.hpp"
#include "base/room.hpp"

namespace scoop::control {

struct WorkerMemory {
    base::Rank rank = 0;
    std::uint32_t resident_mib = 0;
    std::uint32_t peak_mib = 0;  ///< the most that this process has had
};

struct NodeUsage {
    base::Room processes;               ///< and threads, of the tightest limit that holds the node
    base::Room descriptors;             ///< open ones of the node
    std::vector<WorkerMemory> workers;  ///< those that run
};

[[nodiscard]] std::string to_payload(const NodeUsage&);
[[nodiscard]] base::Result<NodeUsage> parse_node_usage(std::string_view);

}  // namespace scoop::control
