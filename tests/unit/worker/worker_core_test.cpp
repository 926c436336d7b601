#include "worker/worker_core.hpp"

#include <doctest/doctest.h>

using scoop::worker::WorkerCore;
using Say = WorkerCore::Say;

TEST_CASE("a worker asks for work once, until it is answered") {
    WorkerCore core;
    const auto first = core.on_hungry();
    CHECK(first.say == Say::request);
    CHECK(first.arm);
    CHECK(core.on_hungry().say == Say::nothing);
    core.on_tasks();
    CHECK(core.on_hungry().say == Say::request);
}

TEST_CASE("a hungry worker gives away the first surplus task unasked, and then asks again") {
    WorkerCore core;
    (void)core.on_hungry();
    CHECK(core.wanted() == 1);
    CHECK(core.on_export_tried(1, false, false).say == Say::nothing);
    CHECK(core.wanted() == 0);
    CHECK(core.on_hungry().say == Say::request);
}

TEST_CASE("a steal that finds nothing is answered dry and stays wanted") {
    WorkerCore core;
    core.on_steal(5);
    const auto answer = core.on_export_tried(0, true, false);
    CHECK(answer.say == Say::dry);
    CHECK(answer.arm);
    CHECK(core.wanted() == 5);
    SUBCASE("until tasks were found") {
        CHECK_FALSE(core.on_export_tried(3, false, false).arm);
        CHECK(core.wanted() == 0);
    }
    SUBCASE("until the broker sends work instead") {
        core.on_tasks();
        CHECK(core.wanted() == 0);
    }
}

TEST_CASE("a worker that found work of its own takes its request back") {
    WorkerCore core;
    (void)core.on_hungry();
    CHECK(core.on_export_tried(0, false, true).arm);  // still idle: the task went to the compute thread
    CHECK(core.on_export_tried(0, false, false).say == Say::withdraw);
    CHECK(core.wanted() == 0);
    CHECK(core.on_hungry().say == Say::request);
}

TEST_CASE("a steal for no tasks means one") {
    WorkerCore core;
    core.on_steal(0);
    CHECK(core.wanted() == 1);
}
