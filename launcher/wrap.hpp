// Wrap: a command that runs the program in some ranks, as --wrap 0,2-3 'valgrind -q' asks. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "base/failure.hpp"
#include "base/ids.hpp"

namespace scoop::launcher {

struct Wrap {
    std::string ranks_text;                                 ///< as typed
    std::vector<std::pair<base::Rank, base::Rank>> ranges;  ///< {first, last}
    std::vector<std::string> command;                       ///< at least one word
};

/// Ranks as in "0,2-3", or "all", and the words of a command, see split_words. The error says what is allowed instead.
[[nodiscard]] tl::expected<Wrap, std::string> parse_wrap(std::string_view ranks, std::string_view command);

/// The command around the program in this rank, of several the last; empty: none.
[[nodiscard]] std::vector<std::string> wrapper_of(const std::vector<Wrap>& wraps, base::Rank rank);

/// A Failure if one of them names a rank that a job of so many workers does not have.
[[nodiscard]] base::Result<void> check_wraps(const std::vector<Wrap>& wraps, std::size_t workers);

}  // namespace scoop::launcher
