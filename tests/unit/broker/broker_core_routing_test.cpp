// What reaches whom: results, cancels, posts, and tasks that need tags.
#include "tested_core.hpp"

#include <doctest/doctest.h>

using namespace scoop;
using namespace scoop::broker;
using namespace scoop::protocol;

TEST_CASE("a task that comes back to its owner is its own again") {
    TestedCore broker(host_of_workers(2));
    CHECK(broker.on(1, Request{1}) == "to 0: Steal 1");
    CHECK(broker.on(0, tasks({task(0, 1), task(0, 2)})) == "to 1: Tasks 0.1");
    CHECK(broker.on(0, Request{1}) == "to 0: Tasks 0.2");
    CHECK(broker.on(0, results({task(0, 2)})) == "to 0: Results 0.2");  // needless but no mistake
    CHECK(broker.on_down(0) == "to 1: RanksDown 0; up: RanksDown 0");   // and nothing lost
}

TEST_CASE("results for one owner travel together, whoever sent them") {
    TestedCore broker(host_of_workers(3));
    CHECK(broker.on(0, tasks({task(0, 1), task(0, 2)})) == "");
    CHECK(broker.on(1, Request{1}) == "to 1: Tasks 0.1");
    CHECK(broker.on(2, Request{1}) == "to 2: Tasks 0.2");
    broker.core().on_message(1, results({task(0, 1)}));
    broker.core().on_message(2, results({task(0, 2)}));
    CHECK(broker.take() == "to 0: Results 0.1 0.2");
}

TEST_CASE("a cancel goes to who has the task") {
    TestedCore core(host_of_workers(3));
    CHECK(core.on(1, Request{1}) == "to 0: Steal 1");
    CHECK(core.on(0, tasks({task(0, 1), task(0, 2)})) == "to 1: Tasks 0.1");
    CHECK(core.on(0, Cancel{{task(0, 1)}}) == "to 1: Cancel 0.1");
    CHECK(core.on(0, Cancel{{task(0, 1)}}) == "");
    CHECK(core.on(0, Cancel{{task(0, 2)}}) == "");  // it was in the queue
    CHECK(core.on(1, results({task(0, 1)})) == "to 0: Results 0.1");
    CHECK(core.on(2, Request{1}) == "to 0: Steal 1");
}

TEST_CASE("a cancelled task that is given on is dropped") {
    TestedCore core(host_of_workers(3));
    CHECK(core.on(1, Request{2}) == "to 0: Steal 2");
    CHECK(core.on(0, tasks({task(0, 1), task(0, 2)})) == "to 1: Tasks 0.1 0.2");
    CHECK(core.on(2, Request{1}) == "to 0: Steal 1");
    CHECK(core.on(0, Cancel{{task(0, 1)}}) == "to 1: Cancel 0.1");
    CHECK(core.on(1, tasks({task(0, 1), task(0, 2)})) == "to 2: Tasks 0.2");
}

TEST_CASE("a cancel of what is not here goes up, and one from above no further") {
    TestedCore core(host_of_workers(1));
    CHECK(core.on(0, Cancel{{task(0, 7)}}) == "up: Cancel 0.7");
    CHECK(core.on_upstream(Cancel{{task(9, 7)}}) == "");
}

TEST_CASE("who cancels what is not its own is dropped") {
    TestedCore core(host_of_workers(2));
    CHECK(core.on(0, Cancel{{task(1, 1)}}).find("drop: rank 0") != std::string::npos);
}

TEST_CASE("a part of a result leaves the task where it is") {
    TestedCore core(host_of_workers(2));
    CHECK(core.on(1, Request{1}) == "to 0: Steal 1");
    CHECK(core.on(0, tasks({task(0, 1)})) == "to 1: Tasks 0.1");
    CHECK(core.on(1, Results{{{task(0, 1), Outcome::part, "x"}}}) == "to 0: Results 0.1");
    CHECK(core.on(1, results({task(0, 1)})) == "to 0: Results 0.1");
    CHECK(core.on(1, Results{{{task(0, 1), Outcome::part, "x"}}}).find("drop: rank 1") != std::string::npos);
}

TEST_CASE("posts are passed on by rank") {
    TestedCore core(host_of_workers(2));
    CHECK(core.on(0, Post{1, 0, 3, "hi"}) == "to 1: Post hi");
    CHECK(core.on(0, Post{17, 0, 3, "hi"}) == "up: Post hi");
    CHECK(core.on_upstream(Post{1, 17, 3, "hi"}) == "to 1: Post hi");
    CHECK(core.on(0, Post{1, 1, 3, "forged"}).find("drop: rank 0") != std::string::npos);
}

Tasks needing(protocol::TagMask needed, const std::vector<base::TaskId>& ids) {
    Tasks message = tasks(ids);
    for (auto& item : message.items) item.needs = needed;
    return message;
}

TEST_CASE("a task that needs tags waits for a hungry peer that carries them") {
    CoreConfig config = root_of_hosts(3);
    config.peer_tags = {{1, 0b01}, {2, 0b11}};
    TestedCore root(config);
    CHECK(root.on(0, needing(0b10, {task(0, 1)})) == "");
    CHECK(root.on(1, Request{1}) == "to 0: Steal 1");
    CHECK(root.on(2, Request{4}) == "to 2: Tasks 0.1");
    CHECK(root.on(0, needing(0b01, {task(0, 2)})) == "to 1: Tasks 0.2");
    CHECK(root.on(0, needing(0b10, {task(0, 3)})) == "");
    CHECK(root.on(0, Cancel{{task(0, 3)}}) == "");
    CHECK(root.on(2, Request{4}) == "to 0: Steal 4");
}

TEST_CASE("a host sends a task that none of its workers may run upstream at once") {
    CoreConfig config = host_of_workers(2);
    config.peer_tags = {{0, 0b01}, {1, 0b01}};
    TestedCore host(config);
    CHECK(host.on(0, needing(0b10, {task(0, 1), task(0, 2)})) == "up: Tasks 0.1 0.2");
    CHECK(host.on(0, needing(0b01, {task(0, 3)})) == "");
    CHECK(host.on(1, Request{1}) == "to 1: Tasks 0.3");
}

TEST_CASE("a task whose only host is lost goes back to its owner") {
    CoreConfig config = root_of_hosts(2);
    config.peer_tags = {{1, 0b1}};
    TestedCore root(config);
    CHECK(root.on(0, needing(0b1, {task(0, 1)})) == "");
    CHECK(root.on_down(1) ==
          "to 0: RanksDown 2 3; to 0: Lost 0.1 (no worker is left on a host with the tags that the task needs)");
}

TEST_CASE("a host that has lost its workers carries nothing any more") {
    CoreConfig config = root_of_hosts(2);
    config.peer_tags = {{1, 0b1}};
    TestedCore root(config);
    CHECK(root.on(0, needing(0b1, {task(0, 1)})) == "");
    CHECK(root.on(1, RanksDown{{2}, {9, 0}}) == "to 0: RanksDown 2");
    CHECK(root.on(1, RanksDown{{3}, {9, 0}}) ==
          "to 0: RanksDown 3; to 0: Lost 0.1 (no worker is left on a host with the tags that the task needs)");
}

TEST_CASE("a root that does not work runs no task for its tags") {
    CoreConfig config = host_of_workers(2);
    config.peer_tags = {{0, 0b1}, {1, 0b1}};
    config.idle_ranks = {0};
    TestedCore host(config);
    CHECK(host.on(0, needing(0b1, {task(0, 1)})) == "");
    CHECK(host.on_down(1) == "to 0: RanksDown 1; up: RanksDown 1; up: Tasks 0.1");
}

TEST_CASE("a result does not overtake what its worker has posted before") {
    TestedCore core(root_of_hosts(2));
    CHECK(core.on(1, Request{2}) == "to 0: Steal 2");
    CHECK(core.on(0, tasks({task(0, 1), task(0, 2)})) == "to 1: Tasks 0.1 0.2");
    core.hear(1, results({task(0, 1)}));
    core.hear(1, Post{0, 2, 3, "hi"});
    core.hear(1, results({task(0, 2)}));
    CHECK(core.take() == "to 0: Results 0.1; to 0: Post hi; to 0: Results 0.2");
}
