// Who gets which tasks: requests, steals, and what passes between a host and the root broker.
#include "tested_core.hpp"

#include <doctest/doctest.h>

using namespace scoop;
using namespace scoop::broker;
using namespace scoop::protocol;

TEST_CASE("a task goes from the one that has it to the one that asks, and its result comes back") {
    TestedCore broker(host_of_workers(2));
    CHECK(broker.on(1, Request{2}) == "to 0: Steal 2");
    CHECK(broker.on(0, tasks({task(0, 1), task(0, 2), task(0, 3)})) == "to 1: Tasks 0.1 0.2");
    CHECK(broker.on(1, results({task(0, 1), task(0, 2)})) == "to 0: Results 0.1 0.2");
    CHECK(broker.on(1, Request{2}) == "to 1: Tasks 0.3");
}

TEST_CASE("the queue is shared among the hungry, the oldest request first") {
    TestedCore broker(host_of_workers(4));
    CHECK(broker.on(2, Request{9}) == "to 0: Steal 9");
    CHECK(broker.on(1, Request{1}) == "to 3: Steal 1");
    CHECK(broker.on(3, Request{9}) == "to 2: Steal 9");
    CHECK(broker.on(0, tasks({task(0, 1), task(0, 2), task(0, 3), task(0, 4), task(0, 5)})) ==
          "to 2: Tasks 0.1 0.2; to 1: Tasks 0.3; to 3: Tasks 0.4 0.5");
}

TEST_CASE("a request that is taken back gets nothing") {
    TestedCore broker(host_of_workers(2));
    CHECK(broker.on(1, Request{1}) == "to 0: Steal 1");
    CHECK(broker.on(1, Request{0}) == "");
    CHECK(broker.on(0, tasks({task(0, 1)})) == "");
    CHECK(broker.on(0, Request{1}) == "to 0: Tasks 0.1");
}

TEST_CASE("each hungry worker has one other asked, in turn, and who has said Dry is not asked again") {
    TestedCore broker(host_of_workers(4));
    CHECK(broker.on(3, Request{1}) == "to 0: Steal 1");
    CHECK(broker.on(0, Dry{}) == "to 1: Steal 1; to 2: Steal 1");
    CHECK(broker.on(1, Dry{}) == "");
    CHECK(broker.on(2, Dry{}) == "up: Request 4");
    // Armed, 1 gives what it has as soon as it has it, and can be asked again.
    CHECK(broker.on(1, tasks({task(1, 1)})) == "to 3: Tasks 1.1");
    CHECK(broker.on(3, Request{1}) == "to 1: Steal 1");
}

TEST_CASE("after each answer Dry more are asked at once, until somebody has something") {
    TestedCore broker(host_of_workers(9));
    CHECK(broker.on(8, Request{1}) == "to 0: Steal 1");
    CHECK(broker.on(0, Dry{}) == "to 1: Steal 1; to 2: Steal 1");
    CHECK(broker.on(1, Dry{}) == "to 3: Steal 1; to 4: Steal 1");
    CHECK(broker.on(2, tasks({task(2, 1)})) == "to 8: Tasks 2.1");
    CHECK(broker.on(3, Dry{}) == "");
    CHECK(broker.on(8, Request{1}) == "to 5: Steal 1");
    CHECK(broker.on(4, Dry{}) == "to 6: Steal 1; to 7: Steal 1");
}

TEST_CASE("a steal stays pending when a request crosses it") {
    TestedCore broker(host_of_workers(2));
    CHECK(broker.on(1, Request{1}) == "to 0: Steal 1");
    CHECK(broker.on(0, Request{1}) == "to 1: Steal 1");
    CHECK(broker.on(1, Dry{}) == "");
    CHECK(broker.on(0, Dry{}) == "up: Request 2");
}

TEST_CASE("who takes its request back is asked again, though it was armed") {
    TestedCore broker(host_of_workers(2));
    CHECK(broker.on(1, Request{1}) == "to 0: Steal 1");
    CHECK(broker.on(0, Request{1}) == "to 1: Steal 1");
    CHECK(broker.on(0, Dry{}) == "");
    CHECK(broker.on(1, Dry{}) == "up: Request 2");
    CHECK(broker.on(0, Request{0}) == "to 0: Steal 1");
}

TEST_CASE("who is hungry is asked when nobody else is left, but not for itself alone") {
    TestedCore broker(host_of_workers(2));
    CHECK(broker.on(1, Request{1}) == "to 0: Steal 1");
    CHECK(broker.on(0, Dry{}) == "up: Request 2");
    CHECK(broker.on(0, Request{1}) == "to 1: Steal 2");
    CHECK(broker.on(1, tasks({task(1, 1)})) == "to 0: Tasks 1.1");
}

TEST_CASE("a Dry that answers a steal taken back by tasks means nothing") {
    TestedCore broker(host_of_workers(3));
    CHECK(broker.on(1, Request{1}) == "to 0: Steal 1");
    CHECK(broker.on(2, tasks({task(2, 1), task(2, 2)})) == "to 1: Tasks 2.1");
    CHECK(broker.on(0, Request{1}) == "to 0: Tasks 2.2");
    CHECK(broker.on(0, Dry{}) == "");
    CHECK(broker.on(1, Request{1}) == "to 2: Steal 1");
    CHECK(broker.on(2, Dry{}) == "to 0: Steal 1");
}

TEST_CASE("a host whose workers are all dry asks upstream once for all of them, and again when much more is wanted") {
    TestedCore broker(host_of_workers(4));
    CHECK(broker.on(0, Request{2}) == "to 1: Steal 2");
    CHECK(broker.on(1, Dry{}) == "to 2: Steal 1; to 3: Steal 1");
    CHECK(broker.on(2, Dry{}) == "");
    CHECK(broker.on(3, Dry{}) == "up: Request 4");
    CHECK(broker.on(1, Request{1}) == "to 0: Steal 3");
    CHECK(broker.on(0, Dry{}) == "");
    CHECK(broker.on(2, Request{5}) == "up: Request 8");
    CHECK(broker.on_upstream(tasks({task(9, 1), task(9, 2)})) == "to 0: Tasks 9.1; to 0: Steal 5; to 1: Tasks 9.2");
    CHECK(broker.on(0, results({task(9, 1)})) == "up: Results 9.1");
    CHECK(broker.on(0, Dry{}) == "to 1: Steal 5");
    CHECK(broker.on(1, Dry{}) == "up: Request 5");
}

TEST_CASE("workers that are down are not asked for") {
    TestedCore broker(host_of_workers(3));
    CHECK(broker.on_down(2) == "to 0: RanksDown 2; to 1: RanksDown 2; up: RanksDown 2");
    CHECK(broker.on(0, Request{1}) == "to 1: Steal 1");
    CHECK(broker.on(1, Dry{}) == "up: Request 2");
}

TEST_CASE("upstream gets what the host's own workers leave over") {
    TestedCore broker(host_of_workers(2));
    CHECK(broker.on_upstream(Steal{2}) == "to 0: Steal 1; to 1: Steal 1");
    CHECK(broker.on(1, Request{1}) == "");
    CHECK(broker.on(0, tasks({task(0, 1), task(0, 2), task(0, 3), task(0, 4)})) ==
          "to 1: Tasks 0.1; up: Tasks 0.2 0.3");
    CHECK(broker.on_upstream(results({task(0, 2)})) == "to 0: Results 0.2");
    CHECK(broker.on_upstream(Steal{1}) == "up: Tasks 0.4");
}

TEST_CASE("upstream gets something of every worker at once, and who gave is asked once more") {
    TestedCore broker(host_of_workers(3));
    CHECK(broker.on_upstream(Steal{5}) == "to 0: Steal 2; to 1: Steal 2; to 2: Steal 1");
    CHECK(broker.on(0, tasks({task(0, 1), task(0, 2)})) == "");
    CHECK(broker.on(1, Dry{}) == "");
    CHECK(broker.on(2, tasks({task(2, 1)})) == "to 0: Steal 1; to 2: Steal 1");
    CHECK(broker.on(0, Dry{}) == "");
    CHECK(broker.on(2, tasks({task(2, 2)})) == "up: Tasks 0.1 0.2 2.1 2.2");
}

TEST_CASE("what is gathered for upstream does not wait for ever for a worker that does not answer") {
    TestedCore broker(host_of_workers(2));
    CHECK(broker.on_upstream(Steal{2}) == "to 0: Steal 1; to 1: Steal 1");
    CHECK_FALSE(broker.core().is_gathering());
    CHECK(broker.on(0, tasks({task(0, 1)})) == "");
    CHECK(broker.core().is_gathering());
    broker.core().end_gathering();
    CHECK(broker.take() == "up: Tasks 0.1");
    CHECK_FALSE(broker.core().is_gathering());
    CHECK(broker.on(1, Dry{}) == "");
}

TEST_CASE("what is gathered for upstream goes to a worker that becomes hungry meanwhile") {
    TestedCore broker(host_of_workers(3));
    CHECK(broker.on_upstream(Steal{5}) == "to 0: Steal 2; to 1: Steal 2; to 2: Steal 1");
    CHECK(broker.on(0, tasks({task(0, 1), task(0, 2)})) == "");
    CHECK(broker.on(1, Request{1}) == "to 1: Tasks 0.1");
    CHECK(broker.on(2, Dry{}) == "to 0: Steal 2; to 1: Steal 2");
    CHECK(broker.on(0, Dry{}) == "");
    CHECK(broker.on(1, Dry{}) == "up: Tasks 0.2");
}

TEST_CASE("a host that was hungry is passed over once when one is asked") {
    TestedCore root(root_of_hosts(4));
    CHECK(root.on(0, Request{1}) == "to 1: Steal 1");
    CHECK(root.on(1, tasks({task(2, 1)})) == "to 0: Tasks 2.1");
    // In turn that would be 2, 3, 0, 1.
    CHECK(root.on(3, Request{1}) == "to 2: Steal 1");
    CHECK(root.on(2, tasks({task(4, 1)})) == "to 3: Tasks 4.1");
    CHECK(root.on(2, Request{1}) == "to 1: Steal 1");
    CHECK(root.on(1, tasks({task(2, 2)})) == "to 2: Tasks 2.2");
    CHECK(root.on(1, Request{1}) == "to 0: Steal 1");
}

TEST_CASE("a host with nothing answers Dry once and gives later, unasked") {
    TestedCore broker(host_of_workers(2));
    CHECK(broker.on_upstream(Steal{1}) == "to 0: Steal 1");
    CHECK(broker.on(0, Dry{}) == "to 1: Steal 1");
    CHECK(broker.on(1, Dry{}) == "up: Dry");
    CHECK(broker.on(1, tasks({task(1, 1)})) == "up: Tasks 1.1");
    // That has taken our request back, so the next one is told.
    CHECK(broker.on(0, Request{1}) == "to 1: Steal 1");
    CHECK(broker.on(1, Dry{}) == "up: Request 2");
    CHECK(broker.on_upstream(Steal{1}) == "up: Dry");
    CHECK(broker.on(1, tasks({task(1, 2), task(1, 3)})) == "to 0: Tasks 1.2; up: Tasks 1.3");
    CHECK(broker.on(0, Request{1}) == "to 1: Steal 1");
    CHECK(broker.on(1, Dry{}) == "up: Request 2");
}

TEST_CASE("a hungry host is asked too when nobody else is left, but not for itself") {
    TestedCore root(root_of_hosts(3));
    CHECK(root.on(0, Request{1}) == "to 1: Steal 1");
    CHECK(root.on(1, Dry{}) == "to 2: Steal 1");
    CHECK(root.on(2, Dry{}) == "");
    CHECK(root.on(2, Request{1}) == "to 0: Steal 2");
    CHECK(root.on(0, tasks({task(0, 1)})) == "to 2: Tasks 0.1");
}

TEST_CASE("who does not answer a Steal is not waited for: others are asked, and it is not asked again") {
    TestedCore broker(host_of_workers(3));
    CHECK(broker.on(2, Request{1}) == "to 0: Steal 1");
    CHECK(broker.core().is_waiting());
    broker.core().end_waiting();
    CHECK(broker.take() == "to 1: Steal 1");
    CHECK(broker.on(1, Dry{}) == "up: Request 3");
    CHECK_FALSE(broker.core().is_waiting());
    CHECK(broker.on(1, tasks({task(1, 1)})) == "to 2: Tasks 1.1");
    CHECK(broker.on(2, Request{1}) == "to 1: Steal 1");
    // It answers after all.
    CHECK(broker.on(0, tasks({task(0, 1)})) == "to 2: Tasks 0.1");
    CHECK(broker.on(2, Request{1}) == "");
    CHECK(broker.on(1, Dry{}) == "to 0: Steal 1");
    CHECK(broker.on(0, Dry{}) == "");
}
