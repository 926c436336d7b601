// What the parsers of host lists and hostfiles share: numbers, spelling suggestions, and errors that point at a place.
//
// Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace scoop::hostfile {

/// Why a text could not be understood, and where. Whoever knows the text's source makes a Failure of it.
struct TextError {
    std::size_t position = 0;  ///< in bytes, from 0
    std::string sentence;      ///< what is wrong and what was expected
};

template <class T>
using Parsed = tl::expected<T, TextError>;

[[nodiscard]] tl::unexpected<TextError> text_error(std::size_t position, std::string sentence);

[[nodiscard]] constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
[[nodiscard]] constexpr bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// The number that all of `text` is, decimal digits only; nothing for anything else or past 64 bits.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text);

/// ASCII letters only: host names and keywords know no others.
[[nodiscard]] std::string lower_case(std::string_view text);

/// In double quotes, long texts shortened, unprintable bytes as \xNN.
[[nodiscard]] std::string quoted(std::string_view text);

/// The whole character (it may have several bytes) at `position`, quoted.
[[nodiscard]] std::string quoted_character(std::string_view text, std::size_t position);

/// `; did you mean "slots"?` for the word of `known` that `word` most likely is a misspelling of; else empty. Counts
/// inserted, left out, replaced and swapped neighbouring letters (optimal string alignment distance); the beginning of
/// a known word is as good as one mistake.
[[nodiscard]] std::string did_you_mean(std::string_view word, std::span<const std::string_view> known);

/// Two more lines for a message about `line`: the line, cut to what fits a terminal, and a caret under `position`.
[[nodiscard]] std::string caret_lines(std::string_view line, std::size_t position);

}  // namespace scoop::hostfile
