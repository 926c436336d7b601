#include "scoop/detail/type_name.hpp"

#include <cxxabi.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <utility>

namespace scoop::detail {

namespace {

bool is_word_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$';
}

/// The words of which C++ makes the names of integers, counted as they follow one another.
struct IntegerWords {
    int longs = 0;
    int shorts = 0;
    int chars = 0;
    bool is_signed = false;
    bool is_unsigned = false;
    bool is_any = false;

    bool take(std::string_view word) {
        if (word == "long") {
            ++longs;
        } else if (word == "short") {
            ++shorts;
        } else if (word == "char") {
            ++chars;
        } else if (word == "signed") {
            is_signed = true;
        } else if (word == "unsigned") {
            is_unsigned = true;
        } else if (word != "int") {
            return false;
        }
        is_any = true;
        return true;
    }

    [[nodiscard]] std::string_view name() const {
        if (chars > 0) return is_unsigned ? "u8" : is_signed ? "i8" : "char";
        if (shorts > 0) return is_unsigned ? "u16" : "i16";
        if (longs > 0) return is_unsigned ? "u64" : "i64";
        return is_unsigned ? "u32" : "i32";
    }
};

/// Takes the word at the front of `text` off it. The suffix of a literal goes: 3ul is 3u where size_t is unsigned int.
std::string_view take_word(std::string_view& text) {
    std::size_t length = 0;
    while (length < text.size() && is_word_character(text[length])) ++length;
    std::string_view word = text.substr(0, length);
    text.remove_prefix(length);
    if (word.front() >= '0' && word.front() <= '9') {
        while (word.size() > 1 && (word.back() == 'u' || word.back() == 'l')) word.remove_suffix(1);
    }
    return word;
}

/// Rewrites the numbers' names and drops spaces that separate nothing.
std::string with_portable_numbers(std::string_view text) {
    std::string result;
    IntegerWords integer;
    const auto append_word = [&result](std::string_view word) {
        if (!result.empty() && is_word_character(result.back())) result += ' ';
        result += word;
    };
    const auto finish_integer = [&] {
        if (integer.is_any) append_word(integer.name());
        integer = {};
    };
    while (!text.empty()) {
        if (text.front() == ' ') {
            text.remove_prefix(1);
        } else if (!is_word_character(text.front())) {
            finish_integer();
            result += text.front();
            text.remove_prefix(1);
        } else {
            const std::string_view word = take_word(text);
            // "long double" is no integer; it cannot be sent, but has a name.
            if (word == "double" && integer.is_any) integer = {}, append_word("long");
            if (integer.take(word)) continue;
            finish_integer();
            append_word(word == "float" ? "f32" : word == "double" ? "f64" : word);
        }
    }
    finish_integer();
    return result;
}

/// Replaces `from` wherever it is a name of its own and not the end of a longer one.
void replace_all(std::string& text, std::string_view from, std::string_view to) {
    std::size_t at = 0;
    while ((at = text.find(from, at)) != std::string::npos) {
        const bool is_inside_a_name =
            at > 0 && (is_word_character(text[at - 1]) || text[at - 1] == ':') && from[0] != ',';
        if (is_inside_a_name) {
            at += from.size();
        } else {
            text.replace(at, from.size(), to);
            at += to.size();
        }
    }
}

/// Erases every ",name<…>".
void erase_template_argument(std::string& text, std::string_view start) {
    std::size_t at = 0;
    while ((at = text.find(start, at)) != std::string::npos) {
        std::size_t end = at + start.size();
        for (int depth = 1; end < text.size() && depth > 0; ++end) {
            if (text[end] == '<') ++depth;
            if (text[end] == '>') --depth;
        }
        text.erase(at, end - at);
    }
}

}  // namespace

std::string demangled(const char* mangled) {
    int status = 0;
    const std::unique_ptr<char, decltype(&std::free)> text(abi::__cxa_demangle(mangled, nullptr, nullptr, &status),
                                                           &std::free);
    return status == 0 && text != nullptr ? std::string(text.get()) : std::string(mangled);
}

std::string portable_text(std::string text) {
    text = with_portable_numbers(text);
    replace_all(text, "std::__cxx11::", "std::");
    replace_all(text, "std::__1::", "std::");
    for (const std::string_view default_argument : {",std::allocator<", ",std::char_traits<", ",std::less<",
                                                    ",std::hash<", ",std::equal_to<", ",std::default_delete<"}) {
        erase_template_argument(text, default_argument);
    }
    replace_all(text, "std::basic_string<char>", "str");
    replace_all(text, "std::vector<", "vec<");
    return text;
}

std::string portable_type_name(const std::type_info& type) { return portable_text(demangled(type.name())); }

}  // namespace scoop::detail
