#include "hostfile/text.hpp"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

namespace scoop::hostfile {

namespace {

constexpr std::size_t quoted_length_max = 60;
constexpr std::size_t excerpt_length_max = 100;

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }  // UTF-8

std::size_t distance(std::string_view a, std::string_view b) {
    const std::size_t width = b.size() + 1;
    std::vector<std::size_t> cells((a.size() + 1) * width);
    const auto at = [&](std::size_t row, std::size_t column) -> std::size_t& { return cells[row * width + column]; };
    for (std::size_t row = 0; row <= a.size(); ++row) at(row, 0) = row;
    for (std::size_t column = 0; column <= b.size(); ++column) at(0, column) = column;
    for (std::size_t row = 1; row <= a.size(); ++row) {
        for (std::size_t column = 1; column <= b.size(); ++column) {
            const std::size_t replaced = at(row - 1, column - 1) + (a[row - 1] == b[column - 1] ? 0 : 1);
            std::size_t best = std::min({at(row - 1, column) + 1, at(row, column - 1) + 1, replaced});
            if (row > 1 && column > 1 && a[row - 1] == b[column - 2] && a[row - 2] == b[column - 1])
                best = std::min(best, at(row - 2, column - 2) + 1);
            at(row, column) = best;
        }
    }
    return at(a.size(), b.size());
}

}  // namespace

tl::unexpected<TextError> text_error(std::size_t position, std::string sentence) {
    return tl::unexpected<TextError>(TextError{position, std::move(sentence)});
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

std::string quoted(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string result = "\"";
    for (const char c : text.substr(0, quoted_length_max)) {
        const auto byte = static_cast<unsigned char>(c);
        if (is_control(c))
            result += {'\\', 'x', digits[byte / 16], digits[byte % 16]};
        else
            result += c;
    }
    return result + (text.size() > quoted_length_max ? "…\"" : "\"");
}

std::string quoted_character(std::string_view text, std::size_t position) {
    std::size_t end = position + 1;
    while (end < text.size() && continues_character(text[end])) ++end;
    return quoted(text.substr(position, end - position));
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> known) {
    constexpr std::size_t word_length_max = 64;  // nothing longer is near any keyword
    constexpr std::size_t abbreviation_length_min = 3;
    if (word.size() > word_length_max) return {};
    std::string_view nearest;
    std::size_t nearest_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (const std::string_view candidate : known) {
        const bool is_abbreviated = word.size() >= abbreviation_length_min && candidate.starts_with(word);
        const std::size_t candidate_distance = is_abbreviated ? 1 : distance(word, candidate);
        if (candidate_distance >= nearest_distance) continue;
        nearest = candidate;
        nearest_distance = candidate_distance;
    }
    return nearest.empty() ? std::string() : "; did you mean " + quoted(nearest) + "?";
}

std::string caret_lines(std::string_view line, std::size_t position) {
    constexpr std::size_t lead = excerpt_length_max / 2;
    std::size_t first = line.size() > excerpt_length_max && position > lead ? position - lead : 0;
    while (first > 0 && continues_character(line[first])) --first;
    std::size_t last = std::min(line.size(), first + excerpt_length_max);
    while (last < line.size() && continues_character(line[last])) ++last;

    std::string shown = first > 0 ? "…" : "";
    std::string pad = first > 0 ? " " : "";
    for (std::size_t index = first; index < last; ++index) {
        shown += line[index] == '\t' ? ' ' : is_control(line[index]) ? '?' : line[index];
        if (index < position && !continues_character(line[index])) pad += ' ';
    }
    if (last < line.size()) shown += "…";
    return "\n    " + shown + "\n    " + pad + "^";
}

}  // namespace scoop::hostfile
