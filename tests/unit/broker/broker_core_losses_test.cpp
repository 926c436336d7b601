// Peers that go down, come back or say what they may not.
#include "tested_core.hpp"

#include <doctest/doctest.h>

using namespace scoop;
using namespace scoop::broker;
using namespace scoop::protocol;

TEST_CASE("a peer that goes down: its tasks are lost, what it owned is forgotten, and it is not heard any more") {
    TestedCore broker(host_of_workers(3));
    CHECK(broker.on(2, Request{3}) == "to 0: Steal 3");
    CHECK(broker.on(0, tasks({task(0, 1)})) == "to 2: Tasks 0.1");
    CHECK(broker.on_upstream(tasks({task(9, 1)})) == "");
    CHECK(broker.on(2, Request{1}) == "to 2: Tasks 9.1");
    CHECK(broker.on(1, Request{1}) == "to 0: Steal 1");
    CHECK(broker.on(2, tasks({task(2, 7), task(2, 8)})) == "to 1: Tasks 2.7");  // 2.8 stays in the queue
    CHECK(broker.on_down(2) ==
          "to 0: RanksDown 2; to 0: Lost 0.1 (killed); to 1: RanksDown 2; up: RanksDown 2; "
          "up: Lost 9.1 (killed)");
    CHECK(broker.on(2, results({task(0, 1)})) == "");
    CHECK(broker.on(1, results({task(2, 7)})) == "");  // its owner is gone
    CHECK(broker.on(0, Dry{}) == "");
    CHECK(broker.on(1, Request{1}) == "up: Request 2");
    CHECK(broker.on_down(2) == "");
    CHECK(broker.core().on_hello(Hello{version, 2, 1}) == "rank 2 was given up and may not come back");
}

TEST_CASE("the root tells the other hosts of a host that is lost, and of a worker that a host has lost") {
    TestedCore root(root_of_hosts(3));
    CHECK(root.on(1, Request{1}) == "to 0: Steal 1");
    CHECK(root.on(0, tasks({task(0, 1)})) == "to 1: Tasks 0.1");
    CHECK(root.on(1, Lost{{task(0, 1)}, {"rank 2 died", 2, {9, 0}}}) == "to 0: Lost 0.1 (rank 2 died) with 2 by 9");
    CHECK(root.on(1, RanksDown{{2}, {9, 0}}) == "to 0: RanksDown 2; to 2: RanksDown 2");
    CHECK(root.on(0, Request{1}) == "to 2: Steal 1");
    CHECK(root.on(2, tasks({task(5, 1), task(2, 1)})) == "to 0: Tasks 5.1");
    CHECK(root.on_down(0) == "to 1: RanksDown 0 1; to 2: RanksDown 0 1; to 2: Lost 5.1 (killed)");
}

TEST_CASE("ranks that upstream reports down are forgotten and all workers hear of it") {
    TestedCore broker(host_of_workers(2));
    CHECK(broker.on_upstream(tasks({task(9, 1), task(8, 1), task(9, 2)})) == "");
    CHECK(broker.on(0, Request{1}) == "to 0: Tasks 9.1");
    CHECK(broker.on_upstream(RanksDown{{9}, {}}) == "to 0: RanksDown 9; to 1: RanksDown 9");
    CHECK(broker.on(0, results({task(9, 1)})) == "");
    CHECK(broker.on(1, Request{5}) == "to 1: Tasks 8.1");
    CHECK(broker.on_down(0) == "to 1: RanksDown 0; up: RanksDown 0");  // nothing left to report lost
}

TEST_CASE("who says something impossible is dropped, and everybody else goes on") {
    const std::vector<std::pair<Message, std::string>> table = {
        {tasks({task(0, 1)}), "rank 1 gave a task away that it does not have"},
        {tasks({}), "rank 1 sent Tasks without a task"},
        {results({task(0, 1)}), "rank 1 sent the result of a task that it does not have"},
        {Lost{{task(0, 1)}, {"x", 0, {}}}, "rank 1 reported lost tasks, which only brokers do"},
        {RanksDown{{0}, {}}, "rank 1 reported ranks down, which only brokers do"},
        {Steal{1}, "rank 1 sent what only a broker sends"},
        {Hello{version, 1, 0}, "rank 1 sent what only a broker sends"},
        {Welcome{}, "rank 1 sent what only a broker sends"},
        {Refused{"x"}, "rank 1 sent what only a broker sends"},
    };
    for (const auto& [message, reason] : table) {
        TestedCore broker(host_of_workers(2));
        CHECK(broker.on(1, message) == "drop: " + reason + "; to 0: RanksDown 1; up: RanksDown 1");
        CHECK(broker.on(1, Request{1}) == "");
        CHECK(broker.on(0, Request{1}) == "up: Request 1");
    }
    TestedCore root(root_of_hosts(2));
    CHECK(root.on(1, RanksDown{{0}, {}}) ==
          "drop: node1 reported a rank down that is not its own; to 0: RanksDown 2 3");
    TestedCore other(root_of_hosts(2));
    CHECK(other.on(1, Lost{{task(0, 1)}, {"x", 0, {}}}) ==
          "drop: node1 lost a task that it does not have; to 0: RanksDown 2 3");
}

TEST_CASE("who sends bytes that are no message is dropped") {
    TestedCore broker(host_of_workers(2));
    broker.core().on_malformed(1, "it ends too early");
    CHECK(broker.take() ==
          "drop: rank 1 sent what cannot be read: it ends too early; to 0: RanksDown 1; up: RanksDown 1");
    broker.core().on_malformed(1, "it ends too early");
    CHECK(broker.take() == "");
}

TEST_CASE("an upstream that says something impossible is a failure") {
    const Message impossible[] = {results({task(7, 1)}), Lost{{task(7, 1)}, {"x", 0, {}}}, Request{1}, Dry{}, Hello{}};
    for (const auto& message : impossible) {
        TestedCore broker(host_of_workers(2));
        CHECK_FALSE(broker.core().on_upstream(message));
    }
}

TEST_CASE("a peer may join once, if it speaks our protocol and is expected") {
    CoreConfig config = host_of_workers(2);
    BrokerCore core(config);
    CHECK(core.on_hello(Hello{version + 1, 1, 0}) ==
          "rank 1 speaks protocol " + std::to_string(version + 1) + " and the broker of this job protocol " +
              std::to_string(version) + "; build both with the same version of scoop");
    CHECK_FALSE(core.has_all_peers());
    CHECK(core.on_hello(Hello{version, 7, 0}) == "peer 7 does not belong to this broker");
    CHECK_FALSE(core.on_hello(Hello{version, 0, 0}));
    CHECK_FALSE(core.on_hello(Hello{version, 1, 0}));
    CHECK(core.on_hello(Hello{version, 1, 0}) == "rank 1 is connected already");
    CHECK(core.has_all_peers());
}

TEST_CASE("a peer that goes down before it has joined may not join") {
    BrokerCore core(host_of_workers(2));
    core.on_peer_down(1, {"killed"});
    CHECK(core.on_hello(Hello{version, 1, 0}));
}

TEST_CASE("a replacement takes the rank, and nothing of the dead one is taken for its own") {
    CoreConfig config = host_of_workers(3);
    config.replaces_workers = true;
    TestedCore broker(config);
    CHECK(broker.on(0, Request{1}) == "to 1: Steal 1");
    CHECK(broker.on(1, tasks({task(1, 1)})) == "to 0: Tasks 1.1");
    CHECK(broker.on_down(2, {"killed", {9, 0}, 0, {}, true}) ==
          "to 0: RanksDown 2 as 1; to 1: RanksDown 2 as 1; up: RanksDown 2 as 1");
    CHECK(broker.on_down(1, {"killed", {9, 0}, 0, {}, true}) == "to 0: RanksDown 1 as 1; up: RanksDown 1 as 1");
    CHECK(broker.on_hello(1, 0) == "rank 1 was given up and may not come back");
    // It learns who else is down at the moment.
    CHECK(broker.on_hello(1, 1) == "to 0: RankUp 1 as 1; to 1: RanksDown 2 as 1; up: RankUp 1 as 1");
    CHECK(broker.on_hello(1, 1) == "rank 1 is connected already");
    CHECK(broker.on(0, results({task(1, 1)})) == "");  // of the dead one's task
    CHECK(broker.on(0, Request{1}) == "to 1: Steal 1");
    const base::TaskId of_new{1, 1, 1};
    CHECK(broker.on(1, tasks({of_new})) == "to 0: Tasks 1.1");
    CHECK(broker.on(0, results({of_new})) == "to 1: Results 1.1");
    CHECK(broker.on(0, Post{1, 0, 0, "hello"}) == "to 1: Post hello");
    CHECK(broker.on(0, Post{2, 0, 0, "hello"}) == "");
}

TEST_CASE("what a worker held comes back when it is replaced, and only what it executed is to blame") {
    CoreConfig config = host_of_workers(2);
    config.replaces_workers = true;
    BrokerCore core(config);
    for (const std::uint32_t rank : {0, 1}) REQUIRE_FALSE(core.on_hello(Hello{version, rank, 0}));
    core.on_message(1, Request{2});
    (void)core.take_actions();
    core.on_message(0, tasks({task(0, 1), task(0, 2)}));
    (void)core.take_actions();
    const BlackBox::Blamed blamed{task(0, 2), Blame::inside};
    CHECK(core.on_peer_down(1, {"killed", {9, 0, 4096}, 0, blamed, true}) == 2);
    std::map<std::uint64_t, Loss> losses;
    for (const auto& action : core.take_actions()) {
        const auto* down = std::get_if<SendToPeer>(&action);
        const auto* lost = down == nullptr ? nullptr : std::get_if<Lost>(&down->message);
        if (lost == nullptr) continue;
        for (const auto& id : lost->ids) losses[id.counter] = lost->loss;
    }
    REQUIRE(losses.size() == 2);
    CHECK(losses[1] == Loss{"killed", 1, {9, 0, 4096}, Blame::none});
    CHECK(losses[2] == Loss{"killed", 1, {9, 0, 4096}, Blame::inside});
}

TEST_CASE("a replacement that was faster than the news of a death counts as that news") {
    CoreConfig config = host_of_workers(2);
    config.replaces_workers = true;
    TestedCore broker(config);
    CHECK(broker.on_hello(1, 1) ==
          "to 0: RanksDown 1 as 1; to 0: RankUp 1 as 1; up: RanksDown 1 as 1; up: RankUp 1 as 1");
    CHECK(broker.on_down(1, {"killed", {9, 0}, 0, {}, true}) == "");
    CHECK(broker.on(1, Request{1}) == "to 0: Steal 1");
}

TEST_CASE("a rank that no replacement comes for is gone for good") {
    CoreConfig config = host_of_workers(2);
    config.replaces_workers = true;
    config.peer_tags = {{0, 0}, {1, 1}};
    TestedCore broker(config);
    CHECK(broker.on_down(1, {"killed", {9, 0}, 0, {}, true}) == "to 0: RanksDown 1 as 1; up: RanksDown 1 as 1");
    Tasks needing = tasks({task(0, 1)});
    needing.items.front().needs = 1;
    CHECK(broker.on(0, needing) == "");  // the replacement may run it
    CHECK(broker.on_down(1, {"killed again", {9, 0}, 1, {}, true}) == "");
    CHECK(broker.on_down(1, {"killed again", {9, 0}, 2, {}, false}) ==
          "to 0: RanksDown 1; up: RanksDown 1; up: Tasks 0.1");
    CHECK(broker.on_down(1, {"killed again", {9, 0}, 2, {}, false}) == "");
    CHECK(broker.on_hello(1, 3) == "rank 1 was given up and may not come back");
}

TEST_CASE("the root broker passes on who has come back") {
    TestedCore root(root_of_hosts(3));
    CHECK(root.on(1, RanksDown{{2}, {9, 0}, 1}) == "to 0: RanksDown 2 as 1; to 2: RanksDown 2 as 1");
    CHECK(root.on(0, Post{2, 0, 0, "lost"}) == "");
    CHECK(root.on(1, RankUp{2, 1}) == "to 0: RankUp 2 as 1; to 2: RankUp 2 as 1");
    CHECK(root.on(0, Post{2, 0, 0, "heard"}) == "to 1: Post heard");
    CHECK(root.on(0, RankUp{2, 1}) ==
          "drop: node0 reported a rank up that is not its own; to 1: RanksDown 0 1; to 2: RanksDown 0 1");
    CHECK(root.on(1, Post{0, 2, 0, "x"}) == "");
    TestedCore host(host_of_workers(2));
    CHECK(host.on_upstream(RanksDown{{9}, {}, 1}) == "to 0: RanksDown 9 as 1; to 1: RanksDown 9 as 1");
    CHECK(host.on_upstream(RankUp{9, 1}) == "to 0: RankUp 9 as 1; to 1: RankUp 9 as 1");
    CHECK(host.on(0, RankUp{1, 1}) ==
          "drop: rank 0 reported a rank up, which only brokers do; to 1: RanksDown 0; up: RanksDown 0");
}
