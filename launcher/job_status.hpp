// How a job is, as --status shows it. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "protocol/node_usage.hpp"

namespace scoop::launcher {

struct HostStatus {
    std::string name;                              ///< as the user wrote it
    std::string state;                             ///< a word or two
    std::vector<base::Rank> ranks;                 ///< of its workers that have not ended
    std::uint64_t lost = 0;                        ///< workers that have died, those that were replaced too
    std::optional<std::uint64_t> tasks;            ///< of other hosts that it has now; none: nobody knows
    bool has_node = false;                         ///< that can be asked
    std::optional<control::NodeUsage> usage = {};  ///< none: it has not told
};

struct JobStatus {
    std::uint32_t process_id = 0;      ///< of scoop-run
    std::vector<std::string> command;  ///< the program and its arguments; not empty
    std::string since;                 ///< when it was started, in local time
    base::Duration age{};
    std::string phase;  ///< a sentence without its stop: "It runs"
    std::vector<HostStatus> hosts;
    std::optional<std::uint64_t> tasks_waiting;  ///< for a host to take them; none: nobody knows
};

/// Tables of at most 80 columns, with what is said of the whole job around them: hosts, what they have of their limits,
/// and the memory of the workers; of very many workers that of those with the most.
[[nodiscard]] std::string status_text(const JobStatus& job);

/// Heads the lines of a list of jobs, which begin with the job.
[[nodiscard]] std::string summary_head();
/// The rest of such a line.
[[nodiscard]] std::string summary_text(const JobStatus& job);
[[nodiscard]] std::string summary_line(std::uint32_t process_id, const std::string& rest);

}  // namespace scoop::launcher
