// The words of a command line as a shell reads them.
#include "launcher/command_words.hpp"

#include <doctest/doctest.h>

using namespace scoop::launcher;

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
