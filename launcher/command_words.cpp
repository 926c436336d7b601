#include "launcher/command_words.hpp"

#include <algorithm>

#include "hostfile/text.hpp"

namespace scoop::launcher {

std::string shell_quoted(std::string_view word) {
    constexpr std::string_view harmless = "%+,-./:=@_";
    // zsh looks up a command for "=name".
    const bool is_plain = !word.empty() && word.front() != '=' && std::all_of(word.begin(), word.end(), [&](char c) {
        return hostfile::is_letter(c) || hostfile::is_digit(c) || harmless.find(c) != std::string_view::npos;
    });
    if (is_plain) return std::string(word);
    // An interactive shell looks for "!" in double quotes.
    const bool fits_double_quotes =
        word.find('\'') != std::string_view::npos && word.find_first_of("\"$`\\!") == std::string_view::npos;
    if (fits_double_quotes) return '"' + std::string(word) + '"';
    std::string quoted = "'";
    for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + "'";
}

std::string shell_quoted(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) text += (text.empty() ? "" : " ") + shell_quoted(word);
    return text;
}

}  // namespace scoop::launcher
