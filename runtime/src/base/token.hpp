// Tokens: random words that show who says them to be the one they were told to. Any thread.
#pragma once

#include <cstddef>
#include <string>

#include "base/failure.hpp"

namespace scoop::base {

inline constexpr std::size_t token_size = 32;

/// A new one, of lower-case letters: 128 random bits.
[[nodiscard]] Result<std::string> make_token();

}  // namespace scoop::base
