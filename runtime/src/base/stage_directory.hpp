// The directory on a host that holds the files of --stage. Only its owner may enter it. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/failure.hpp"

namespace scoop::base {

/// How the name of every such directory begins, below $TMPDIR or /tmp.
inline constexpr std::string_view stage_directory_prefix = "scoop-stage.";
/// Tells the program where it is. Its workers keep it.
inline constexpr const char* stage_variable = "SCOOP_STAGE_DIR";
/// Tells a guardian the directory that it is to remove at the end. Nobody below it gets to see it: a job that a
/// program starts must not remove the files of the job around it.
inline constexpr const char* stage_owner_variable = "SCOOP_STAGE_OWNER";

/// Makes a new one below $TMPDIR, or /tmp when that is not set.
[[nodiscard]] Result<std::string> make_stage_directory();

/// Removes it with all that is in it; follows no links. Anything else (another name or owner, a link, a directory that
/// others may enter) is left alone.
void remove_stage_directory(const std::string& path);

}  // namespace scoop::base
