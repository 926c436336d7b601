// What the parsers share: numbers, suggestions, carets.
#include "hostfile/text.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>

namespace {

using namespace scoop::hostfile;

TEST_CASE("a number is decimal digits and nothing else") {
    CHECK(parse_number("0") == 0);
    CHECK(parse_number("007") == 7);
    CHECK(parse_number("18446744073709551615") == 18446744073709551615u);
    for (const char* text : {"", "-1", "+1", " 1", "1 ", "1.0", "0x10", "18446744073709551616"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_number(text));
    }
}

TEST_CASE("a suggestion is the nearest known word, if one is near") {
    constexpr std::array<std::string_view, 4> known{"slots", "max_slots", "user", "port"};
    CHECK(did_you_mean("slot", known) == "; did you mean \"slots\"?");
    CHECK(did_you_mean("solts", known) == "; did you mean \"slots\"?");  // swapped neighbours count once
    CHECK(did_you_mean("maxslots", known) == "; did you mean \"max_slots\"?");
    CHECK(did_you_mean("prot", known) == "; did you mean \"port\"?");
    CHECK(did_you_mean("max", known) == "; did you mean \"max_slots\"?");
    CHECK(did_you_mean("banana", known).empty());
    CHECK(did_you_mean("", known).empty());
    CHECK(did_you_mean(std::string(100'000, 's'), known).empty());
}

TEST_CASE("the caret stands under the place") {
    CHECK(caret_lines("abc", 0) == "\n    abc\n    ^");
    CHECK(caret_lines("abc", 3) == "\n    abc\n       ^");
    CHECK(caret_lines("a\tb\x1b[31m", 2) == "\n    a b?[31m\n      ^");
    CHECK(caret_lines("é!", 2) == "\n    é!\n     ^");  // two bytes, one column
}

TEST_CASE("of a long line the neighbourhood is shown") {
    const std::string line = std::string(300, 'a') + "!" + std::string(300, 'b');
    const std::string lines = caret_lines(line, 300);
    CHECK(lines ==
          "\n    …" + std::string(50, 'a') + "!" + std::string(49, 'b') + "…\n    " + std::string(51, ' ') + "^");
}

TEST_CASE("a quoted text is harmless and short") {
    CHECK(quoted("a\x1b"
                 "b") == "\"a\\x1bb\"");
    CHECK(scoop::hostfile::quoted(std::string(100, 'x')) == "\"" + std::string(60, 'x') + "…\"");
    CHECK(quoted_character("aé", 1) == "\"é\"");
}

}  // namespace
