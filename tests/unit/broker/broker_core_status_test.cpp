// What a broker tells about itself, and how it drains a peer.
#include <doctest/doctest.h>

#include <vector>

#include "broker/broker_core.hpp"
#include "protocol/version.hpp"

using namespace scoop;
using namespace scoop::broker;
using namespace scoop::protocol;

namespace {

using Peers = std::vector<std::uint32_t>;

base::TaskId task(base::Rank owner, std::uint64_t counter) { return {owner, 0, counter}; }

/// The root broker of hosts 0, 1 and 2 with ranks 0 1, 2 3 and 4 5.
class Root {
public:
    Root() : core(config()) {
        for (std::uint32_t host = 0; host < 3; ++host) REQUIRE_FALSE(core.on_hello(Hello{version, host, 0}));
    }

    void request(std::uint32_t host, std::uint32_t count) { hear(host, Request{count}); }
    void give(std::uint32_t host, const base::TaskId& id, std::uint64_t needs = 0) {
        TaskItem item{id, 1, 42, "x"};
        item.needs = needs;
        hear(host, Tasks{{item}});
    }
    void finish(std::uint32_t host, const base::TaskId& id) { hear(host, Results{{{id, Outcome::value, "x"}}}); }
    void hear(std::uint32_t host, const Message& message) {
        core.on_message(host, message);
        (void)core.take_actions();
    }
    std::size_t tasks_of(std::uint32_t host) const { return core.status().peers.at(host).tasks; }

    BrokerCore core;

private:
    static CoreConfig config() {
        CoreConfig config;
        config.peers = {{0, {0, 1}}, {1, {2, 3}}, {2, {4, 5}}};
        config.peer_tags = {{1, 1}};
        return config;
    }
};

}  // namespace

TEST_CASE("a broker tells who has tasks of others and who wants more") {
    Root root;
    root.request(1, 2);
    CHECK(root.core.status().peers.at(1).is_hungry);
    CHECK_FALSE(root.core.status().peers.at(2).is_hungry);
    root.give(0, task(0, 1));
    CHECK(root.tasks_of(1) == 1);
    CHECK_FALSE(root.core.status().peers.at(1).is_hungry);
    root.give(0, task(0, 2));
    root.give(0, task(0, 3), 1);
    CHECK(root.core.status().tasks_waiting == 2);
    root.finish(1, task(0, 1));
    CHECK(root.tasks_of(1) == 0);
}

TEST_CASE("a peer that has nothing and owns nothing is drained at once, and told of once") {
    Root root;
    root.core.drain(1);
    root.core.drain(1);
    root.core.drain(9);
    CHECK(root.core.take_drained() == Peers{1});
    CHECK(root.core.take_drained().empty());
}

TEST_CASE("a peer that leaves is given nothing more, whatever it asks for") {
    Root root;
    root.request(1, 2);
    root.core.drain(1);
    root.request(1, 2);
    root.give(0, task(0, 1));
    CHECK(root.tasks_of(1) == 0);
    CHECK(root.core.status().tasks_waiting == 1);
    root.request(2, 1);
    CHECK(root.tasks_of(2) == 1);
}

TEST_CASE("a peer is drained when what it has is answered") {
    Root root;
    root.request(1, 2);
    root.give(0, task(0, 1));
    root.core.drain(1);
    CHECK(root.core.take_drained().empty());
    root.hear(1, Results{{{task(0, 1), Outcome::part, "x"}}});
    CHECK(root.core.take_drained().empty());
    root.finish(1, task(0, 1));
    CHECK(root.core.take_drained() == Peers{1});
}

TEST_CASE("a peer is drained when what it owns is back, wherever that is") {
    Root root;
    SUBCASE("at another peer") {
        root.request(2, 1);
        root.give(1, task(2, 1));
        root.core.drain(1);
        CHECK(root.core.take_drained().empty());
        root.finish(2, task(2, 1));
    }
    SUBCASE("in the queue") {
        root.give(1, task(2, 1));
        root.core.drain(1);
        CHECK(root.core.take_drained().empty());
        root.hear(1, Cancel{{task(2, 1)}});
    }
    CHECK(root.core.take_drained() == Peers{1});
}

TEST_CASE("a peer is drained when calls on its ranks are answered, or their callers dead") {
    Root root;
    root.hear(0, Post{2, 0, Post::call, "f"});
    root.hear(0, Post{2, 0, Post::call, "g"});
    root.core.drain(1);
    CHECK(root.core.take_drained().empty());
    root.hear(1, Post{0, 2, Post::called, "f"});
    CHECK(root.core.take_drained().empty());
    SUBCASE("answered") { root.hear(1, Post{0, 2, Post::called, "g"}); }
    SUBCASE("dead") {
        root.core.on_peer_down(0, {"killed"});
        (void)root.core.take_actions();
    }
    CHECK(root.core.take_drained() == Peers{1});
}

TEST_CASE("a peer that goes down while it leaves is not drained any more") {
    Root root;
    root.request(1, 2);
    root.give(0, task(0, 1));
    root.core.drain(1);
    root.core.on_peer_down(1, {"killed"});
    (void)root.core.take_actions();
    CHECK(root.core.take_drained().empty());
}

TEST_CASE("a task that only a peer that leaves could run is lost for good") {
    Root root;
    root.core.drain(1);
    root.core.on_message(0, Tasks{{TaskItem{task(0, 1), 1, 42, "x", 0, 0, 0, 0, 1}}});
    bool is_final = false;
    for (const auto& action : root.core.take_actions())
        if (const auto* sent = std::get_if<SendToPeer>(&action))
            if (const auto* lost = std::get_if<Lost>(&sent->message)) is_final = lost->loss.is_final;
    CHECK(is_final);
}
