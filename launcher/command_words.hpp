// The words of a command line: as we read them, for --wrap and the defaults, and quoted for a shell. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace scoop::launcher {

/// Blanks separate words; 'single quotes' keep everything, "double quotes" all but \" and \\, a backslash the next
/// character. Nothing else has a meaning: no variables, no patterns. The error says what is wrong.
[[nodiscard]] tl::expected<std::vector<std::string>, std::string> split_words(std::string_view text);

/// As sh reads it back as one word: in quotes only if there is a need, and in those that are easier to read.
[[nodiscard]] std::string shell_quoted(std::string_view word);
/// The words with a blank between them.
[[nodiscard]] std::string shell_quoted(const std::vector<std::string>& words);

}  // namespace scoop::launcher
