// Which programs may take part in one job.
#include "launcher/greeting.hpp"

#include <doctest/doctest.h>

#include "protocol/version.hpp"

namespace {

using namespace scoop;

control::NodeHello hello(std::vector<std::string> tasks) {
    control::NodeHello one;
    one.protocol_version = protocol::version;
    one.library_version = "0.1.0";
    one.build_id = "abc";
    one.tasks = std::move(tasks);
    return one;
}

}  // namespace

TEST_CASE("the same tasks are enough, whatever the build") {
    auto other = hello({"f()", "g()"});
    other.build_id = "def";
    other.architecture = "s390x";
    CHECK_FALSE(launcher::find_mismatch("node1", hello({"f()", "g()"}), "node2", other));
}

TEST_CASE("other tasks are refused, naming both hosts and what differs") {
    const auto problem = launcher::find_mismatch("node1", hello({"f()", "g()"}), "node2", hello({"g()", "h()"}));
    REQUIRE(problem);
    CHECK(problem->said ==
          "the program on node2 is not the one on node1: it lacks the task f(), and only it has the task h()");
    CHECK(problem->exit_status == launcher::exit_start_failed);
}

TEST_CASE("another protocol is refused, naming both versions") {
    auto other = hello({});
    other.protocol_version = 99;
    other.library_version = "7.0";
    const auto problem = launcher::find_mismatch("node1", hello({}), "node1", other);
    REQUIRE(problem);
    CHECK(problem->said.find("7.0 (protocol 99)") != std::string::npos);
}

TEST_CASE("a clock is compared with the one here, if it is told and possible") {
    using namespace std::chrono_literals;
    const auto now = std::chrono::system_clock::time_point(1'700'000'000s);
    const auto ahead = [&](std::uint64_t milliseconds) {
        auto one = hello({});
        one.clock_milliseconds = milliseconds;
        return launcher::clock_ahead(one, now);
    };
    CHECK(ahead(1'700'000'001'500) == 1500ms);
    CHECK(ahead(1'699'999'999'000) == -1s);
    CHECK(ahead(1) == 1ms - 1'700'000'000s);
    CHECK(ahead(0) == 0s);
    CHECK(ahead(~std::uint64_t{0}) == 0s);
}
