// The cgroups that this process is in, from its own to the outermost that it sees: for limits that hold it. Any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scoop::base {

/// The content of a file of /proc or /sys; nothing when it cannot be read.
using ReadFile = std::function<std::optional<std::string>(const std::string& path)>;

[[nodiscard]] std::optional<std::string> read_whole_file(const std::string& path);

struct Cgroup {
    enum class Version { v1, v2 };
    Version version = Version::v2;
    std::string directory;  ///< with its files
};

/// Innermost first. Knows version 2 and the hierarchy of version 1 with this controller, also where both are mounted,
/// and a container that sees its own cgroup as the root. Files: /proc/self/cgroup, /proc/self/mountinfo, cgroups(7).
[[nodiscard]] std::vector<Cgroup> own_cgroups(std::string_view controller, const ReadFile& read_file);

}  // namespace scoop::base
