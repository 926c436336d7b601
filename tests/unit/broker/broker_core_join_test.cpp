// Hosts that join a running job.
#include "tested_core.hpp"

#include <doctest/doctest.h>

#include "broker/peer_list.hpp"

using namespace scoop;
using namespace scoop::broker;
using namespace scoop::protocol;

TEST_CASE("a host that joins is announced when it says hello, hears what has happened, and gets work") {
    TestedCore root(root_of_hosts(2));
    CHECK(root.on(1, RanksDown{{2}, {9, 0}}) == "to 0: RanksDown 2");
    root.core().add_peer({5, "node5", {8, 9}, 0});
    CHECK(root.take().empty());
    CHECK(root.on_hello(5, 0) ==
          "to 5: RanksDown 2; to 0: HostJoined node5 as 5 with 8 9; to 1: HostJoined node5 as 5 with 8 9");
    CHECK(root.on(5, Request{2}) == "to 0: Steal 2");
    CHECK(root.on(0, tasks({task(0, 1), task(0, 2)})) == "to 5: Tasks 0.1 0.2");
    CHECK(root.on(5, results({task(0, 1)})) == "to 0: Results 0.1");
    CHECK(root.on(0, Post{9, 0, 0, "hear"}) == "to 5: Post hear");
    CHECK(root.on_down(5) == "to 0: RanksDown 8 9; to 0: Lost 0.2 (killed); to 1: RanksDown 8 9");
}

TEST_CASE("who joins later hears of who has joined before, and the other way round") {
    TestedCore root(root_of_hosts(1));
    root.core().add_peer({1, "node1", {2}, 0});
    root.core().add_peer({2, "node2", {3}, 0});
    CHECK(root.on_hello(2, 0) == "to 0: HostJoined node2 as 2 with 3");
    CHECK(root.on_hello(1, 0) ==
          "to 1: HostJoined node2 as 2 with 3; to 0: HostJoined node1 as 1 with 2; to 2: HostJoined node1 as 1 with 2");
    CHECK(root.on_hello(1, 0) == "node1 is connected already");
}

TEST_CASE("a host that was to join and did not is no peer any more") {
    TestedCore root(root_of_hosts(1));
    root.core().add_peer({1, "node1", {2}, 0});
    CHECK(root.on_down(1) == "to 0: RanksDown 2");
    CHECK(root.on_hello(1, 0) == "node1 was given up and may not come back");
}

TEST_CASE("a host's broker passes on who has joined, to replaced workers too") {
    CoreConfig config = host_of_workers(2);
    config.replaces_workers = true;
    TestedCore host(config);
    CHECK(host.on_upstream(HostJoined{3, "node3", {7}}) ==
          "to 0: HostJoined node3 as 3 with 7; to 1: HostJoined node3 as 3 with 7");
    CHECK(host.on_down(1, {"killed", {9, 0}, 0, {}, true}) == "to 0: RanksDown 1 as 1; up: RanksDown 1 as 1");
    CHECK(host.on_hello(1, 1) == "to 0: RankUp 1 as 1; to 1: HostJoined node3 as 3 with 7; up: RankUp 1 as 1");
    CHECK(host.on(0, HostJoined{4, "x", {9}}) ==
          "drop: rank 0 sent what only a broker sends; to 1: RanksDown 0 as 1; up: RanksDown 0 as 1");
}

TEST_CASE("what is posted to who has not said hello yet waits for it") {
    TestedCore root(root_of_hosts(1));
    root.core().add_peer({1, "node1", {2}, 0});
    root.core().add_peer({2, "node2", {3}, 0});
    CHECK(root.on(0, Post{2, 0, 0, "early"}).empty());
    CHECK(root.on(0, Post{3, 0, 0, "never heard"}).empty());
    CHECK(root.on_hello(1, 0) == "to 1: Post early; to 0: HostJoined node1 as 1 with 2");
    CHECK(root.on(0, Post{2, 0, 0, "late"}) == "to 1: Post late");
    CHECK(root.on_down(2) == "to 0: RanksDown 3; to 1: RanksDown 3");
}

TEST_CASE("a list of peers has room for more while it is used") {
    PeerList list(1);
    list.add_peer();
    CHECK(list.empty());
    list.set_member(1, true);
    list.set_member(0, true);
    list.add_peer();
    CHECK(list.members() == std::vector<PeerIndex>{1, 0});
    CHECK_FALSE(list.contains(2));
    list.set_member(2, true);
    list.set_member(1, false);
    CHECK(list.members() == std::vector<PeerIndex>{0, 2});
    CHECK(list.size() == 2);
}
