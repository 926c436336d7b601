// log: a line on stderr that says when, how important, and where.
#pragma once

#include <string_view>

namespace scoop {

enum class Level { debug, info, warning, error };

/// Writes "2026-01-31T23:59:59.999 warning node3 rank 5: text" as one line to stderr, from any thread. A line break in
/// the text begins a further line of the same form.
void log(Level level, std::string_view text);

}  // namespace scoop
