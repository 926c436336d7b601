// --wrap: a command around the program in some ranks.
#include "launcher/wrap.hpp"

#include <doctest/doctest.h>

using namespace scoop::launcher;

namespace {

using Words = std::vector<std::string>;

std::string refusal(std::string_view ranks, std::string_view command = "gdb") {
    const auto wrap = parse_wrap(ranks, command);
    return wrap ? "accepted" : wrap.error();
}

}  // namespace

TEST_CASE("a wrapper is for the ranks it names") {
    const std::vector<Wrap> wraps{parse_wrap("0,2-3", "valgrind -q --log-file='a b'").value()};
    const Words command{"valgrind", "-q", "--log-file=a b"};
    CHECK(wrapper_of(wraps, 0) == command);
    CHECK(wrapper_of(wraps, 1).empty());
    CHECK(wrapper_of(wraps, 2) == command);
    CHECK(wrapper_of(wraps, 3) == command);
    CHECK(wrapper_of(wraps, 4).empty());
}

TEST_CASE("the last of several wrappers counts") {
    const std::vector<Wrap> wraps{parse_wrap("all", "nice").value(), parse_wrap("1", "gdb -q").value()};
    CHECK(wrapper_of(wraps, 0) == Words{"nice"});
    CHECK(wrapper_of(wraps, 1) == Words{"gdb", "-q"});
    CHECK(wrapper_of(wraps, 1'000'000) == Words{"nice"});
}

TEST_CASE("ranks that are none are refused") {
    for (const char* ranks : {"", "a", "1,", ",1", "1,,2", "3-2", "-1", "1-", "1 2", "99999999999", "0,all", "1-2-3"})
        CHECK(refusal(ranks) == "expected ranks, as in 0,2-3 or all, not \"" + std::string(ranks) + "\"");
}

TEST_CASE("a command that is none is refused") {
    CHECK(refusal("0", "").starts_with("expected a command"));
    CHECK(refusal("0", "''").starts_with("expected a command"));
    CHECK(refusal("0", "gdb '").starts_with("the quote ' is not closed"));
}

TEST_CASE("a rank beyond the job is refused") {
    const std::vector<Wrap> wraps{parse_wrap("all", "nice").value(), parse_wrap("0,2-3", "gdb").value()};
    CHECK(check_wraps(wraps, 4));
    CHECK(check_wraps(wraps, 3).error().sentence() == "--wrap 0,2-3: the job has only the ranks 0 to 2");
    CHECK(check_wraps({parse_wrap("1", "gdb").value()}, 1).error().sentence() ==
          "--wrap 1: the job has only the rank 0");
}
