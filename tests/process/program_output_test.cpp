// What another program prints, and the ways in which it can fail to. Starts small programs.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "launcher/program_output.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

namespace {

using namespace scoop;
using namespace scoop::launcher;
using namespace std::chrono_literals;

constexpr auto patience = 60s;

/// How running `text` in a shell fails.
std::string failure_of(const std::string& text, std::chrono::milliseconds time_max = patience) {
    const auto output = output_of_program({"sh", "-c", text}, time_max);
    REQUIRE_FALSE(output);
    return output.error().sentence();
}

TEST_CASE("a program's output comes whole, and it has nothing to read") {
    CHECK(output_of_program({"sh", "-c", "echo a; echo b"}, patience).value() == "a\nb\n");
    CHECK(output_of_program({"cat"}, patience).value().empty());
    CHECK(output_of_program({"head", "-c", "1000000", "/dev/zero"}, patience).value().size() == 1'000'000);
}

TEST_CASE("a program that fails is named, with how it ended") {
    CHECK(failure_of("exit 3") == "run sh -c exit 3: it ended with status 3");
    CHECK(failure_of("kill -KILL $$") == "run sh -c kill -KILL $$: it was killed by signal 9");
    const auto missing = output_of_program({"scoop-test-no-such-program", "x"}, patience);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().sentence() == "run scoop-test-no-such-program x: no such file or directory");
}

TEST_CASE("a program that does not end, or not stop talking, is killed") {
    CHECK(failure_of("exec sleep 1000", 50ms) == "run sh -c exec sleep 1000: it has not ended in time");
    CHECK(failure_of("exec cat /dev/zero") == "run sh -c exec cat /dev/zero: it prints more than 16 MiB");
}

}  // namespace
