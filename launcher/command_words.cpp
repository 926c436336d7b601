#include "launcher/command_words.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "hostfile/text.hpp"

namespace scoop::launcher {

tl::expected<std::vector<std::string>, std::string> split_words(std::string_view text) {
    std::vector<std::string> words;
    bool is_in_word = false;
    char quote = 0;
    const auto current = [&]() -> std::string& {
        if (!std::exchange(is_in_word, true)) words.emplace_back();
        return words.back();
    };
    for (std::size_t k = 0; k < text.size(); ++k) {
        const char c = text[k];
        const bool is_last = k + 1 == text.size();
        const bool escapes =
            c == '\\' && !is_last && (quote == 0 || (quote == '"' && (text[k + 1] == '"' || text[k + 1] == '\\')));
        if (escapes) {
            current() += text[++k];
        } else if (quote != 0) {
            if (c == quote)
                quote = 0;
            else
                current() += c;
        } else if (c == '\'' || c == '"') {
            quote = c;
            (void)current();  // an empty word, if nothing comes
        } else if (hostfile::is_blank(c)) {
            is_in_word = false;
        } else {
            current() += c;
        }
    }
    if (quote != 0) return tl::unexpected(std::string("the quote ") + quote + " is not closed");
    return words;
}

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
