// The processes below this one, as /proc tells. Children that called setsid or forked twice are still found: whoever is
// a subreaper (prctl(2)) is the parent of its orphaned descendants. Plain values; any thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scoop::base {

struct ProcessEntry {
    pid_t pid = 0;
    pid_t parent = 0;
    std::string name;
    std::uint32_t threads = 1;
    uid_t user = 0;  ///< effective; of read_process_table() only
};

/// One line of /proc/PID/stat (proc(5)); nothing if it is not one.
[[nodiscard]] std::optional<ProcessEntry> parse_process_stat(std::string_view line);

/// Children, their children and so on, parents first; without `ancestor` itself.
[[nodiscard]] std::vector<ProcessEntry> descendants_of(pid_t ancestor, const std::vector<ProcessEntry>& processes);

/// All processes this user may see. A process that ends in the middle may be in it or not.
[[nodiscard]] std::vector<ProcessEntry> read_process_table();

}  // namespace scoop::base
