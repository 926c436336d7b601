// What --timing makes of the times of the steps.
#include "launcher/start_times.hpp"

#include <doctest/doctest.h>

#include <string>

namespace {

using namespace scoop;
using namespace scoop::launcher;
using std::chrono::milliseconds;

TEST_CASE("the steps stand in the order of a start, each with median, 95th percentile and the slowest host") {
    StartTimes times;
    times.on_greeted("here", {{"program", milliseconds(4)}});
    for (int k = 1; k <= 20; ++k) times.on_greeted("node" + std::to_string(k), {{"auth", milliseconds(k)}});
    const base::TimePoint now{};
    times.on_described("node1", now);
    times.on_ready("node1", now + milliseconds(7));
    times.on_ready("node2", now + milliseconds(9));  // joined later: nobody described it to us
    CHECK(times.table() ==
          "scoop-run: how long each step of the start took on its hosts, in milliseconds\n"
          "  STEP        HOSTS      p50      p95      max  SLOWEST\n"
          "  auth           20     10.0     19.0     20.0  node20\n"
          "  program         1      4.0      4.0      4.0  here\n"
          "  workers         1      7.0      7.0      7.0  node1\n");
}

TEST_CASE("a step that is repeated counts once, and the one that goes on not yet") {
    StepClock clock;
    for (const char* step : {"ssh", "auth", "ssh", "program"}) clock.enter(step);
    CHECK(std::string(clock.step()) == "program");
    const auto times = clock.times();
    REQUIRE(times.size() == 3);
    CHECK(times[0].step == "connect");
    CHECK(times[1].step == "ssh");
    CHECK(times[2].step == "auth");
}

}  // namespace
