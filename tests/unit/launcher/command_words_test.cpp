// The words of a command line as a shell reads them.
#include "launcher/command_words.hpp"

#include <doctest/doctest.h>

using namespace scoop::launcher;

TEST_CASE("words are separated by blanks that are not quoted") {
    const auto words = [](std::string_view text) { return split_words(text).value(); };
    using Words = std::vector<std::string>;
    CHECK(words("").empty());
    CHECK(words(" \t\n").empty());
    CHECK(words("a  b\tc") == Words{"a", "b", "c"});
    CHECK(words("a'b c'd") == Words{"ab cd"});
    CHECK(words("'' \"\"") == Words{"", ""});
    CHECK(words("'a\\b\"$c'") == Words{"a\\b\"$c"});
    CHECK(words("\"a\\\"b\\\\c\\d'\"") == Words{"a\"b\\c\\d'"});
    CHECK(words("a\\ b\\'") == Words{"a b'"});
    CHECK(words("$HOME * ~") == Words{"$HOME", "*", "~"});
    CHECK(words("a\\") == Words{"a\\"});
    CHECK(split_words("a 'b").error() == "the quote ' is not closed");
    CHECK(split_words("\"").error() == "the quote \" is not closed");
}

TEST_CASE("what is quoted is read back") {
    for (const std::string word : {"", "a", "a b", "it's", "\"", "it's \\ $1", "\n'\t!", "\\", "=\xff"})
        CHECK(split_words(shell_quoted(word)).value() == std::vector<std::string>{word});
}

TEST_CASE("only words that need it are quoted") {
    CHECK(shell_quoted("a-b_c.d/e:f@g%h+i,j=k") == "a-b_c.d/e:f@g%h+i,j=k");
    CHECK(shell_quoted("") == "''");
    CHECK(shell_quoted("a b") == "'a b'");
    CHECK(shell_quoted("$HOME") == "'$HOME'");
    CHECK(shell_quoted("~") == "'~'");
    CHECK(shell_quoted("=a") == "'=a'");
    CHECK(shell_quoted("ü") == "'ü'");
}

TEST_CASE("a single quote is put where it is easiest to read") {
    CHECK(shell_quoted("it's") == "\"it's\"");
    CHECK(shell_quoted("it's $1") == "'it'\\''s $1'");
    CHECK(shell_quoted("it's!") == "'it'\\''s!'");
}

TEST_CASE("words have blanks between them") {
    CHECK(shell_quoted({"a", "b c", ""}) == "a 'b c' ''");
    CHECK(shell_quoted(std::vector<std::string>{}).empty());
}
