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

TEST_CASE("short tasks are asked for ahead of time, enough for a round trip, and long ones never") {
    CHECK(WorkerCore::request_count(0) == 1);
    CHECK(WorkerCore::request_count(1'000'000) == 1);
    CHECK(WorkerCore::request_count(10'000) == 20);
    CHECK(WorkerCore::request_count(1) == scoop::worker::request_count_max);
    CHECK(WorkerCore::asks_ahead(3, 50'000));
    CHECK_FALSE(WorkerCore::asks_ahead(4, 50'000));
    CHECK_FALSE(WorkerCore::asks_ahead(0, 1'000'000));
    CHECK_FALSE(WorkerCore::asks_ahead(0, 0));
}

TEST_CASE("the mean of what tasks take moves by an eighth") {
    CHECK(WorkerCore::mean_with(0, 800) == 800);
    CHECK(WorkerCore::mean_with(0, 0) == 1);
    CHECK(WorkerCore::mean_with(800, 1600) == 901);
}

TEST_CASE("of what nobody has started half is given away, and no more than is wanted") {
    CHECK(WorkerCore::export_count(9, 100) == 5);
    CHECK(WorkerCore::export_count(9, 2) == 2);
    CHECK(WorkerCore::export_count(0, 2) == 1);
}
