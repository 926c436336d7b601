// Names with ranges in brackets: node[01-16,20]-ib stands for node01-ib … node16-ib, node20-ib.
//
// Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hostfile/host.hpp"
#include "hostfile/text.hpp"

namespace scoop::hostfile {

/// A longer name is none: DNS ends at 253 characters.
inline constexpr std::size_t name_length_max = 255;

/// The error of whoever finds that all names together are more than `mentions_max`.
[[nodiscard]] tl::unexpected<TextError> too_many_names(std::size_t position);

/// The names that `pattern` stands for, as Slurm's hostlists do: a bracket holds numbers and ascending ranges,
/// separated by commas; a first number with leading zeros sets the width of its range (`[08-10]` is 08 09 10); of
/// several brackets the last runs fastest.
///
/// Refuses more than `names_max` names (what is left of `mentions_max`), and characters that no host name has. A name
/// begins with a letter, a digit or
/// "_": one that begins with "-" could be taken for an option later.
[[nodiscard]] Parsed<std::vector<std::string>> expand_name_pattern(std::string_view pattern, std::size_t names_max);

}  // namespace scoop::hostfile
