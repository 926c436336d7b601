// Second copies of tasks that take long: to somebody else than who has the first.
#include "tested_core.hpp"

#include <doctest/doctest.h>

using namespace scoop;
using namespace scoop::broker;
using namespace scoop::protocol;

namespace {

Tasks copy(const base::TaskId& id, const base::TaskId& first) {
    Tasks message = tasks({id});
    message.items.front().copy_of = first.counter;
    return message;
}

}  // namespace

TEST_CASE("a second copy goes to another worker than the first one, whoever asked before") {
    TestedCore broker(host_of_workers(3));
    CHECK(broker.on(1, Request{1}) == "to 0: Steal 1");
    CHECK(broker.on(0, tasks({task(0, 1)})) == "to 1: Tasks 0.1");
    CHECK(broker.on(1, Request{1}) == "to 2: Steal 1");
    CHECK(broker.on(0, copy(task(0, 2), task(0, 1))) == "");
    CHECK(broker.on(2, Request{1}) == "to 2: Tasks 0.2; to 0: Steal 1");
    // Both answer, and both are passed on: the owner knows which one counts.
    CHECK(broker.on(2, results({task(0, 2)})) == "to 0: Results 0.2");
    CHECK(broker.on(1, results({task(0, 1)})) == "to 0: Results 0.1");
}

TEST_CASE("when the first one is lost its copy is a task like others") {
    TestedCore broker(host_of_workers(3));
    CHECK(broker.on(1, Request{1}) == "to 0: Steal 1");
    CHECK(broker.on(0, tasks({task(0, 1)})) == "to 1: Tasks 0.1");
    CHECK(broker.on(0, copy(task(0, 2), task(0, 1))) == "");
    CHECK(broker.on_down(1) == "to 0: RanksDown 1; to 0: Lost 0.1 (killed); to 2: RanksDown 1; up: RanksDown 1");
    CHECK(broker.on(0, Request{1}) == "to 0: Tasks 0.2");
}

TEST_CASE("a copy that waits is cancelled like any task") {
    TestedCore broker(host_of_workers(3));
    CHECK(broker.on(1, Request{1}) == "to 0: Steal 1");
    CHECK(broker.on(0, tasks({task(0, 1)})) == "to 1: Tasks 0.1");
    CHECK(broker.on(0, copy(task(0, 2), task(0, 1))) == "");
    CHECK(broker.on(0, Cancel{{task(0, 2)}}) == "");
    CHECK(broker.on(2, Request{1}) == "to 0: Steal 1");
}

TEST_CASE("a copy goes upstream when it is asked for there, or when nobody else is here") {
    TestedCore broker(host_of_workers(2));
    CHECK(broker.on_upstream(tasks({task(7, 1)})) == "");
    CHECK(broker.on(1, Request{1}) == "to 1: Tasks 7.1");
    CHECK(broker.on_upstream(copy(task(7, 2), task(7, 1))) == "");
    SUBCASE("asked for") { CHECK(broker.on_upstream(Steal{1}) == "up: Tasks 7.2"); }
    SUBCASE("nobody") { CHECK(broker.on_down(0) == "to 1: RanksDown 0; up: RanksDown 0; up: Tasks 7.2"); }
}

TEST_CASE("the root broker gives a copy to another host, or to a host with another worker") {
    CoreConfig config = root_of_hosts(3);
    SUBCASE("the host of the first one has no other worker") {
        config.peers[1] = {2};
        TestedCore broker(config);
        CHECK(broker.on(1, Request{1}) == "to 0: Steal 1");
        CHECK(broker.on(0, tasks({task(0, 1)})) == "to 1: Tasks 0.1");
        CHECK(broker.on(1, Request{1}) == "to 2: Steal 1");
        CHECK(broker.on(0, copy(task(0, 2), task(0, 1))) == "");
        CHECK(broker.on(2, Request{1}) == "to 2: Tasks 0.2; to 0: Steal 1");
    }
    SUBCASE("it has one") {
        TestedCore broker(config);
        CHECK(broker.on(1, Request{1}) == "to 0: Steal 1");
        CHECK(broker.on(0, tasks({task(0, 1)})) == "to 1: Tasks 0.1");
        CHECK(broker.on(1, Request{1}) == "to 2: Steal 1");
        CHECK(broker.on(0, copy(task(0, 2), task(0, 1))) == "to 1: Tasks 0.2");
    }
}
