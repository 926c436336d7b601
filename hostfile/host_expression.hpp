// The expression for one or several hosts that lists and hostfiles have in common: [user@]name[:slots].
//
// `name` may have ranges in brackets (name_pattern.hpp) or be an IPv6 address in brackets: "[fd77::1]:2". Pure; any
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hostfile/text.hpp"

namespace scoop::hostfile {

struct HostExpression {
    std::vector<std::string> names;  ///< at least one
    std::string user;                ///< empty: not given
    std::optional<std::uint32_t> slots;
};

/// Where the expression that begins at `begin` ends: at a comma or a blank outside of brackets, or with the text.
[[nodiscard]] std::size_t find_expression_end(std::string_view text, std::size_t begin);

/// The names of a list of patterns that another program has printed, in their order; one that is there twice is twice.
[[nodiscard]] Parsed<std::vector<std::string>> expand_names(std::string_view list, std::size_t names_max);

/// What `text`, all of it, names. Refuses more than `names_max` names.
[[nodiscard]] Parsed<HostExpression> parse_host_expression(std::string_view text, std::size_t names_max);

/// A number of slots, from 1 to `mention_slots_max`; `position` is where `text` stands, for the error.
[[nodiscard]] Parsed<std::uint32_t> parse_slots(std::string_view text, std::size_t position);

/// A name to log in with. It ends up in SSH's protocol and in messages, so control characters and blanks are refused.
[[nodiscard]] Parsed<std::string> parse_user(std::string_view text, std::size_t position);

}  // namespace scoop::hostfile
