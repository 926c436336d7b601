// Finding a command's file in the directories of PATH, as execvp(3) does. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace scoop::base {

/// Where PATH is not set.
inline constexpr std::string_view search_path_default = "/usr/local/bin:/usr/bin:/bin";

/// The first executable file called `name`, which has no slash, in the directories of `path`; an empty one is the
/// current directory.
[[nodiscard]] std::optional<std::string> find_in_path(const std::string& name, std::string_view path);

}  // namespace scoop::base
