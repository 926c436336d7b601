// How much somebody wants to read of what scoop-run says.
#pragma once

namespace scoop::launcher {

/// Errors with -q, details with -v.
enum class Level { error, note, detail };

}  // namespace scoop::launcher
