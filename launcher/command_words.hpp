// The words of a command line, quoted for a shell. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace scoop::launcher {

/// As sh reads it back as one word: in quotes only if there is a need, and in those that are easier to read.
[[nodiscard]] std::string shell_quoted(std::string_view word);
/// The words with a blank between them.
[[nodiscard]] std::string shell_quoted(const std::vector<std::string>& words);

}  // namespace scoop::launcher
