#include "broker/broker_core.hpp"

#include <doctest/doctest.h>

#include <string>
#include <type_traits>
#include <vector>

#include "protocol/limits.hpp"
#include "protocol/version.hpp"

using namespace scoop;
using namespace scoop::broker;
using namespace scoop::protocol;

namespace {

std::string text_of(const base::TaskId& id) { return std::to_string(id.owner) + "." + std::to_string(id.counter); }

/// "Tasks 0.1 0.2", "Steal 4": enough to read what a broker says.
std::string text_of(const Message& message) {
    return std::visit(
        [](const auto& m) -> std::string {
            using T = std::decay_t<decltype(m)>;
            std::string text;
            if constexpr (std::is_same_v<T, Tasks>) {
                text = "Tasks";
                for (const auto& item : m.items) text += " " + text_of(item.id);
            } else if constexpr (std::is_same_v<T, Results>) {
                text = "Results";
                for (const auto& item : m.items) text += " " + text_of(item.id);
            } else if constexpr (std::is_same_v<T, Lost>) {
                text = "Lost";
                for (const auto& id : m.ids) text += " " + text_of(id);
                text += " (" + m.loss.reason + ")";
                if (m.loss.ending != Ending{})
                    text += " with " + std::to_string(m.loss.rank) + " by " + std::to_string(m.loss.ending.signal);
            } else if constexpr (std::is_same_v<T, RanksDown>) {
                text = "RanksDown";
                for (const auto rank : m.ranks) text += " " + std::to_string(rank);
                if (m.returns_as != 0) text += " as " + std::to_string(m.returns_as);
            } else if constexpr (std::is_same_v<T, RankUp>) {
                text = "RankUp " + std::to_string(m.rank) + " as " + std::to_string(m.incarnation);
            } else if constexpr (std::is_same_v<T, Request>) {
                text = "Request " + std::to_string(m.count);
            } else if constexpr (std::is_same_v<T, Steal>) {
                text = "Steal " + std::to_string(m.count);
            } else if constexpr (std::is_same_v<T, Dry>) {
                text = "Dry";
            } else if constexpr (std::is_same_v<T, Cancel>) {
                text = "Cancel";
                for (const auto& id : m.ids) text += " " + text_of(id);
            } else if constexpr (std::is_same_v<T, Post>) {
                text = "Post " + m.content;
            } else {
                text = "?";
            }
            return text;
        },
        message);
}

Tasks tasks(const std::vector<base::TaskId>& ids) {
    Tasks message;
    for (const auto& id : ids) message.items.push_back({id, 1, 42, "x"});
    return message;
}

Results results(const std::vector<base::TaskId>& ids) {
    Results message;
    for (const auto& id : ids) message.items.push_back({id, Outcome::value, "x"});
    return message;
}

base::TaskId task(base::Rank owner, std::uint64_t counter) { return {owner, 0, counter}; }

CoreConfig host_of_workers(std::uint32_t workers) {
    CoreConfig config;
    for (std::uint32_t rank = 0; rank < workers; ++rank) {
        config.peers[rank] = {rank};
        config.peer_names[rank] = "rank " + std::to_string(rank);
    }
    config.has_upstream = true;
    return config;
}

/// Hosts 0, 1, … with ranks 0 1, 2 3, …
CoreConfig root_of_hosts(std::uint32_t hosts) {
    CoreConfig config;
    for (std::uint32_t host = 0; host < hosts; ++host) {
        config.peers[host] = {2 * host, 2 * host + 1};
        config.peer_names[host] = "node" + std::to_string(host);
    }
    return config;
}

/// A core whose peers have all said hello; every check takes what it wants to do, so that nothing is left unexamined.
class Tested {
public:
    explicit Tested(const CoreConfig& config) : core_(config) {
        for (const auto& [number, ranks] : config.peers) REQUIRE_FALSE(core_.on_hello(Hello{version, number, 0}));
        REQUIRE(core_.has_all_peers());
    }
    ~Tested() { CHECK(core_.take_actions().empty()); }

    std::string on(std::uint32_t peer, const Message& message) {
        core_.on_message(peer, message);
        return take();
    }
    /// Without what it leads to yet.
    void hear(std::uint32_t peer, const Message& message) { core_.on_message(peer, message); }
    std::string on_upstream(const Message& message) {
        REQUIRE(core_.on_upstream(message));
        return take();
    }
    std::string on_down(std::uint32_t peer, const Departure& departure) {
        core_.on_peer_down(peer, departure);
        return take();
    }
    /// Why it may not join, or what follows from its joining.
    std::string on_hello(std::uint32_t peer, std::uint32_t incarnation) {
        const auto refusal = core_.on_hello(Hello{version, peer, incarnation});
        return refusal ? *refusal : take();
    }
    std::string on_down(std::uint32_t peer) {
        core_.on_peer_down(peer, {"killed"});
        return take();
    }
    /// "to 1: Tasks 0.1; up: Dry"
    std::string take() {
        std::string text;
        for (const auto& action : core_.take_actions()) {
            if (!text.empty()) text += "; ";
            if (const auto* down = std::get_if<SendToPeer>(&action))
                text += "to " + std::to_string(down->peer) + ": " + text_of(down->message);
            else if (const auto* up = std::get_if<SendUpstream>(&action))
                text += "up: " + text_of(up->message);
            else
                text += "drop: " + std::get<DropPeer>(action).reason;
        }
        return text;
    }
    BrokerCore& core() { return core_; }

private:
    BrokerCore core_;
};

}  // namespace

TEST_CASE("a task goes from the one that has it to the one that asks, and its result comes back") {
    Tested broker(host_of_workers(2));
    CHECK(broker.on(1, Request{2}) == "to 0: Steal 2");
    CHECK(broker.on(0, tasks({task(0, 1), task(0, 2), task(0, 3)})) == "to 1: Tasks 0.1 0.2");
    CHECK(broker.on(1, results({task(0, 1), task(0, 2)})) == "to 0: Results 0.1 0.2");
    CHECK(broker.on(1, Request{2}) == "to 1: Tasks 0.3");
}

TEST_CASE("the queue is shared among the hungry, the oldest request first") {
    Tested broker(host_of_workers(4));
    CHECK(broker.on(2, Request{9}) == "to 0: Steal 9");
    CHECK(broker.on(1, Request{1}) == "to 3: Steal 1");
    CHECK(broker.on(3, Request{9}) == "to 2: Steal 9");
    CHECK(broker.on(0, tasks({task(0, 1), task(0, 2), task(0, 3), task(0, 4), task(0, 5)})) ==
          "to 2: Tasks 0.1 0.2; to 1: Tasks 0.3; to 3: Tasks 0.4 0.5");
}

TEST_CASE("a request that is taken back gets nothing") {
    Tested broker(host_of_workers(2));
    CHECK(broker.on(1, Request{1}) == "to 0: Steal 1");
    CHECK(broker.on(1, Request{0}) == "");
    CHECK(broker.on(0, tasks({task(0, 1)})) == "");
    CHECK(broker.on(0, Request{1}) == "to 0: Tasks 0.1");
}

TEST_CASE("each hungry worker has one other asked, in turn, and who has said Dry is not asked again") {
    Tested broker(host_of_workers(4));
    CHECK(broker.on(3, Request{1}) == "to 0: Steal 1");
    CHECK(broker.on(0, Dry{}) == "to 1: Steal 1; to 2: Steal 1");
    CHECK(broker.on(1, Dry{}) == "");
    CHECK(broker.on(2, Dry{}) == "up: Request 4");
    // Armed, 1 gives what it has as soon as it has it, and can be asked again.
    CHECK(broker.on(1, tasks({task(1, 1)})) == "to 3: Tasks 1.1");
    CHECK(broker.on(3, Request{1}) == "to 1: Steal 1");
}

TEST_CASE("after each answer Dry more are asked at once, until somebody has something") {
    Tested broker(host_of_workers(9));
    CHECK(broker.on(8, Request{1}) == "to 0: Steal 1");
    CHECK(broker.on(0, Dry{}) == "to 1: Steal 1; to 2: Steal 1");
    CHECK(broker.on(1, Dry{}) == "to 3: Steal 1; to 4: Steal 1");
    CHECK(broker.on(2, tasks({task(2, 1)})) == "to 8: Tasks 2.1");
    CHECK(broker.on(3, Dry{}) == "");
    CHECK(broker.on(8, Request{1}) == "to 5: Steal 1");
    CHECK(broker.on(4, Dry{}) == "to 6: Steal 1; to 7: Steal 1");
}

TEST_CASE("a steal stays pending when a request crosses it") {
    Tested broker(host_of_workers(2));
    CHECK(broker.on(1, Request{1}) == "to 0: Steal 1");
    CHECK(broker.on(0, Request{1}) == "to 1: Steal 1");
    CHECK(broker.on(1, Dry{}) == "");
    CHECK(broker.on(0, Dry{}) == "up: Request 2");
}

TEST_CASE("who takes its request back is asked again, though it was armed") {
    Tested broker(host_of_workers(2));
    CHECK(broker.on(1, Request{1}) == "to 0: Steal 1");
    CHECK(broker.on(0, Request{1}) == "to 1: Steal 1");
    CHECK(broker.on(0, Dry{}) == "");
    CHECK(broker.on(1, Dry{}) == "up: Request 2");
    CHECK(broker.on(0, Request{0}) == "to 0: Steal 1");
}

TEST_CASE("who is hungry is asked when nobody else is left, but not for itself alone") {
    Tested broker(host_of_workers(2));
    CHECK(broker.on(1, Request{1}) == "to 0: Steal 1");
    CHECK(broker.on(0, Dry{}) == "up: Request 2");
    CHECK(broker.on(0, Request{1}) == "to 1: Steal 2");
    CHECK(broker.on(1, tasks({task(1, 1)})) == "to 0: Tasks 1.1");
}

TEST_CASE("a Dry that answers a steal taken back by tasks means nothing") {
    Tested broker(host_of_workers(3));
    CHECK(broker.on(1, Request{1}) == "to 0: Steal 1");
    CHECK(broker.on(2, tasks({task(2, 1), task(2, 2)})) == "to 1: Tasks 2.1");
    CHECK(broker.on(0, Request{1}) == "to 0: Tasks 2.2");
    CHECK(broker.on(0, Dry{}) == "");
    CHECK(broker.on(1, Request{1}) == "to 2: Steal 1");
    CHECK(broker.on(2, Dry{}) == "to 0: Steal 1");
}

TEST_CASE("a host whose workers are all dry asks upstream once for all of them, and again when much more is wanted") {
    Tested broker(host_of_workers(4));
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
    Tested broker(host_of_workers(3));
    CHECK(broker.on_down(2) == "to 0: RanksDown 2; to 1: RanksDown 2; up: RanksDown 2");
    CHECK(broker.on(0, Request{1}) == "to 1: Steal 1");
    CHECK(broker.on(1, Dry{}) == "up: Request 2");
}

TEST_CASE("upstream gets what the host's own workers leave over") {
    Tested broker(host_of_workers(2));
    CHECK(broker.on_upstream(Steal{2}) == "to 0: Steal 1; to 1: Steal 1");
    CHECK(broker.on(1, Request{1}) == "");
    CHECK(broker.on(0, tasks({task(0, 1), task(0, 2), task(0, 3), task(0, 4)})) ==
          "to 1: Tasks 0.1; up: Tasks 0.2 0.3");
    CHECK(broker.on_upstream(results({task(0, 2)})) == "to 0: Results 0.2");
    CHECK(broker.on_upstream(Steal{1}) == "up: Tasks 0.4");
}

TEST_CASE("upstream gets something of every worker at once, and who gave is asked once more") {
    Tested broker(host_of_workers(3));
    CHECK(broker.on_upstream(Steal{5}) == "to 0: Steal 2; to 1: Steal 2; to 2: Steal 1");
    CHECK(broker.on(0, tasks({task(0, 1), task(0, 2)})) == "");
    CHECK(broker.on(1, Dry{}) == "");
    CHECK(broker.on(2, tasks({task(2, 1)})) == "to 0: Steal 1; to 2: Steal 1");
    CHECK(broker.on(0, Dry{}) == "");
    CHECK(broker.on(2, tasks({task(2, 2)})) == "up: Tasks 0.1 0.2 2.1 2.2");
}

TEST_CASE("what is gathered for upstream does not wait for ever for a worker that does not answer") {
    Tested broker(host_of_workers(2));
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
    Tested broker(host_of_workers(3));
    CHECK(broker.on_upstream(Steal{5}) == "to 0: Steal 2; to 1: Steal 2; to 2: Steal 1");
    CHECK(broker.on(0, tasks({task(0, 1), task(0, 2)})) == "");
    CHECK(broker.on(1, Request{1}) == "to 1: Tasks 0.1");
    CHECK(broker.on(2, Dry{}) == "to 0: Steal 2; to 1: Steal 2");
    CHECK(broker.on(0, Dry{}) == "");
    CHECK(broker.on(1, Dry{}) == "up: Tasks 0.2");
}

TEST_CASE("a host that was hungry is passed over once when one is asked") {
    Tested root(root_of_hosts(4));
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
    Tested broker(host_of_workers(2));
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
    Tested root(root_of_hosts(3));
    CHECK(root.on(0, Request{1}) == "to 1: Steal 1");
    CHECK(root.on(1, Dry{}) == "to 2: Steal 1");
    CHECK(root.on(2, Dry{}) == "");
    CHECK(root.on(2, Request{1}) == "to 0: Steal 2");
    CHECK(root.on(0, tasks({task(0, 1)})) == "to 2: Tasks 0.1");
}

TEST_CASE("a peer that goes down: its tasks are lost, what it owned is forgotten, and it is not heard any more") {
    Tested broker(host_of_workers(3));
    CHECK(broker.on(2, Request{3}) == "to 0: Steal 3");
    CHECK(broker.on(0, tasks({task(0, 1)})) == "to 2: Tasks 0.1");
    CHECK(broker.on_upstream(tasks({task(9, 1)})) == "");
    CHECK(broker.on(2, Request{1}) == "to 2: Tasks 9.1");
    CHECK(broker.on(1, Request{1}) == "to 0: Steal 1");
    CHECK(broker.on(2, tasks({task(2, 7), task(2, 8)})) == "to 1: Tasks 2.7");  // 2.8 stays in the queue
    CHECK(broker.on_down(2) == "to 0: RanksDown 2; to 0: Lost 0.1 (killed); to 1: RanksDown 2; up: RanksDown 2; "
                                "up: Lost 9.1 (killed)");
    CHECK(broker.on(2, results({task(0, 1)})) == "");
    CHECK(broker.on(1, results({task(2, 7)})) == "");  // its owner is gone
    CHECK(broker.on(0, Dry{}) == "");
    CHECK(broker.on(1, Request{1}) == "up: Request 2");
    CHECK(broker.on_down(2) == "");
    CHECK(broker.core().on_hello(Hello{version, 2, 1}) == "rank 2 was given up and may not come back");
}

TEST_CASE("the root tells the other hosts of a host that is lost, and of a worker that a host has lost") {
    Tested root(root_of_hosts(3));
    CHECK(root.on(1, Request{1}) == "to 0: Steal 1");
    CHECK(root.on(0, tasks({task(0, 1)})) == "to 1: Tasks 0.1");
    CHECK(root.on(1, Lost{{task(0, 1)}, {"rank 2 died", 2, {9, 0}}}) == "to 0: Lost 0.1 (rank 2 died) with 2 by 9");
    CHECK(root.on(1, RanksDown{{2}, {9, 0}}) == "to 0: RanksDown 2; to 2: RanksDown 2");
    CHECK(root.on(0, Request{1}) == "to 2: Steal 1");
    CHECK(root.on(2, tasks({task(5, 1), task(2, 1)})) == "to 0: Tasks 5.1");
    CHECK(root.on_down(0) == "to 1: RanksDown 0 1; to 2: RanksDown 0 1; to 2: Lost 5.1 (killed)");
}

TEST_CASE("ranks that upstream reports down are forgotten and all workers hear of it") {
    Tested broker(host_of_workers(2));
    CHECK(broker.on_upstream(tasks({task(9, 1), task(8, 1), task(9, 2)})) == "");
    CHECK(broker.on(0, Request{1}) == "to 0: Tasks 9.1");
    CHECK(broker.on_upstream(RanksDown{{9}, {}}) == "to 0: RanksDown 9; to 1: RanksDown 9");
    CHECK(broker.on(0, results({task(9, 1)})) == "");
    CHECK(broker.on(1, Request{5}) == "to 1: Tasks 8.1");
    CHECK(broker.on_down(0) == "to 1: RanksDown 0; up: RanksDown 0");  // nothing left to report lost
}

TEST_CASE("a task that comes back to its owner is its own again") {
    Tested broker(host_of_workers(2));
    CHECK(broker.on(1, Request{1}) == "to 0: Steal 1");
    CHECK(broker.on(0, tasks({task(0, 1), task(0, 2)})) == "to 1: Tasks 0.1");
    CHECK(broker.on(0, Request{1}) == "to 0: Tasks 0.2");
    CHECK(broker.on(0, results({task(0, 2)})) == "to 0: Results 0.2");  // needless but no mistake
    CHECK(broker.on_down(0) == "to 1: RanksDown 0; up: RanksDown 0");  // and nothing lost
}

TEST_CASE("results for one owner travel together, whoever sent them") {
    Tested broker(host_of_workers(3));
    CHECK(broker.on(0, tasks({task(0, 1), task(0, 2)})) == "");
    CHECK(broker.on(1, Request{1}) == "to 1: Tasks 0.1");
    CHECK(broker.on(2, Request{1}) == "to 2: Tasks 0.2");
    broker.core().on_message(1, results({task(0, 1)}));
    broker.core().on_message(2, results({task(0, 2)}));
    CHECK(broker.take() == "to 0: Results 0.1 0.2");
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
        Tested broker(host_of_workers(2));
        CHECK(broker.on(1, message) == "drop: " + reason + "; to 0: RanksDown 1; up: RanksDown 1");
        CHECK(broker.on(1, Request{1}) == "");
        CHECK(broker.on(0, Request{1}) == "up: Request 1");
    }
    Tested root(root_of_hosts(2));
    CHECK(root.on(1, RanksDown{{0}, {}}) == "drop: node1 reported a rank down that is not its own; to 0: RanksDown 2 3");
    Tested other(root_of_hosts(2));
    CHECK(other.on(1, Lost{{task(0, 1)}, {"x", 0, {}}}) == "drop: node1 lost a task that it does not have; to 0: RanksDown 2 3");
}

TEST_CASE("who sends bytes that are no message is dropped") {
    Tested broker(host_of_workers(2));
    broker.core().on_malformed(1, "it ends too early");
    CHECK(broker.take() == "drop: rank 1 sent what cannot be read: it ends too early; to 0: RanksDown 1; up: RanksDown 1");
    broker.core().on_malformed(1, "it ends too early");
    CHECK(broker.take() == "");
}

TEST_CASE("an upstream that says something impossible is a failure") {
    const Message impossible[] = {results({task(7, 1)}), Lost{{task(7, 1)}, {"x", 0, {}}}, Request{1}, Dry{}, Hello{}};
    for (const auto& message : impossible) {
        Tested broker(host_of_workers(2));
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

TEST_CASE("a cancel goes to who has the task") {
    Tested core(host_of_workers(3));
    CHECK(core.on(1, Request{1}) == "to 0: Steal 1");
    CHECK(core.on(0, tasks({task(0, 1), task(0, 2)})) == "to 1: Tasks 0.1");
    CHECK(core.on(0, Cancel{{task(0, 1)}}) == "to 1: Cancel 0.1");
    CHECK(core.on(0, Cancel{{task(0, 1)}}) == "");
    CHECK(core.on(0, Cancel{{task(0, 2)}}) == "");  // it was in the queue
    CHECK(core.on(1, results({task(0, 1)})) == "to 0: Results 0.1");
    CHECK(core.on(2, Request{1}) == "to 0: Steal 1");
}

TEST_CASE("a cancelled task that is given on is dropped") {
    Tested core(host_of_workers(3));
    CHECK(core.on(1, Request{2}) == "to 0: Steal 2");
    CHECK(core.on(0, tasks({task(0, 1), task(0, 2)})) == "to 1: Tasks 0.1 0.2");
    CHECK(core.on(2, Request{1}) == "to 0: Steal 1");
    CHECK(core.on(0, Cancel{{task(0, 1)}}) == "to 1: Cancel 0.1");
    CHECK(core.on(1, tasks({task(0, 1), task(0, 2)})) == "to 2: Tasks 0.2");
}

TEST_CASE("a cancel of what is not here goes up, and one from above no further") {
    Tested core(host_of_workers(1));
    CHECK(core.on(0, Cancel{{task(0, 7)}}) == "up: Cancel 0.7");
    CHECK(core.on_upstream(Cancel{{task(9, 7)}}) == "");
}

TEST_CASE("who cancels what is not its own is dropped") {
    Tested core(host_of_workers(2));
    CHECK(core.on(0, Cancel{{task(1, 1)}}).find("drop: rank 0") != std::string::npos);
}

TEST_CASE("a part of a result leaves the task where it is") {
    Tested core(host_of_workers(2));
    CHECK(core.on(1, Request{1}) == "to 0: Steal 1");
    CHECK(core.on(0, tasks({task(0, 1)})) == "to 1: Tasks 0.1");
    CHECK(core.on(1, Results{{{task(0, 1), Outcome::part, "x"}}}) == "to 0: Results 0.1");
    CHECK(core.on(1, results({task(0, 1)})) == "to 0: Results 0.1");
    CHECK(core.on(1, Results{{{task(0, 1), Outcome::part, "x"}}}).find("drop: rank 1") != std::string::npos);
}

TEST_CASE("posts are passed on by rank") {
    Tested core(host_of_workers(2));
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
    Tested root(config);
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
    Tested host(config);
    CHECK(host.on(0, needing(0b10, {task(0, 1), task(0, 2)})) == "up: Tasks 0.1 0.2");
    CHECK(host.on(0, needing(0b01, {task(0, 3)})) == "");
    CHECK(host.on(1, Request{1}) == "to 1: Tasks 0.3");
}

TEST_CASE("a task whose only host is lost goes back to its owner") {
    CoreConfig config = root_of_hosts(2);
    config.peer_tags = {{1, 0b1}};
    Tested root(config);
    CHECK(root.on(0, needing(0b1, {task(0, 1)})) == "");
    CHECK(root.on_down(1) ==
          "to 0: RanksDown 2 3; to 0: Lost 0.1 (no worker is left on a host with the tags that the task needs)");
}

TEST_CASE("a host that has lost its workers carries nothing any more") {
    CoreConfig config = root_of_hosts(2);
    config.peer_tags = {{1, 0b1}};
    Tested root(config);
    CHECK(root.on(0, needing(0b1, {task(0, 1)})) == "");
    CHECK(root.on(1, RanksDown{{2}, {9, 0}}) == "to 0: RanksDown 2");
    CHECK(root.on(1, RanksDown{{3}, {9, 0}}) ==
          "to 0: RanksDown 3; to 0: Lost 0.1 (no worker is left on a host with the tags that the task needs)");
}

TEST_CASE("a root that does not work runs no task for its tags") {
    CoreConfig config = host_of_workers(2);
    config.peer_tags = {{0, 0b1}, {1, 0b1}};
    config.idle_ranks = {0};
    Tested host(config);
    CHECK(host.on(0, needing(0b1, {task(0, 1)})) == "");
    CHECK(host.on_down(1) == "to 0: RanksDown 1; up: RanksDown 1; up: Tasks 0.1");
}

TEST_CASE("a result does not overtake what its worker has posted before") {
    Tested core(root_of_hosts(2));
    CHECK(core.on(1, Request{2}) == "to 0: Steal 2");
    CHECK(core.on(0, tasks({task(0, 1), task(0, 2)})) == "to 1: Tasks 0.1 0.2");
    core.hear(1, results({task(0, 1)}));
    core.hear(1, Post{0, 2, 3, "hi"});
    core.hear(1, results({task(0, 2)}));
    CHECK(core.take() == "to 0: Results 0.1; to 0: Post hi; to 0: Results 0.2");
}

TEST_CASE("a replacement takes the rank, and nothing of the dead one is taken for its own") {
    CoreConfig config = host_of_workers(3);
    config.replaces_workers = true;
    Tested broker(config);
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
    Tested broker(config);
    CHECK(broker.on_hello(1, 1) ==
          "to 0: RanksDown 1 as 1; to 0: RankUp 1 as 1; up: RanksDown 1 as 1; up: RankUp 1 as 1");
    CHECK(broker.on_down(1, {"killed", {9, 0}, 0, {}, true}) == "");
    CHECK(broker.on(1, Request{1}) == "to 0: Steal 1");
}

TEST_CASE("a rank that no replacement comes for is gone for good") {
    CoreConfig config = host_of_workers(2);
    config.replaces_workers = true;
    config.peer_tags = {{0, 0}, {1, 1}};
    Tested broker(config);
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
    Tested root(root_of_hosts(3));
    CHECK(root.on(1, RanksDown{{2}, {9, 0}, 1}) == "to 0: RanksDown 2 as 1; to 2: RanksDown 2 as 1");
    CHECK(root.on(0, Post{2, 0, 0, "lost"}) == "");
    CHECK(root.on(1, RankUp{2, 1}) == "to 0: RankUp 2 as 1; to 2: RankUp 2 as 1");
    CHECK(root.on(0, Post{2, 0, 0, "heard"}) == "to 1: Post heard");
    CHECK(root.on(0, RankUp{2, 1}) ==
          "drop: node0 reported a rank up that is not its own; to 1: RanksDown 0 1; to 2: RanksDown 0 1");
    CHECK(root.on(1, Post{0, 2, 0, "x"}) == "");
    Tested host(host_of_workers(2));
    CHECK(host.on_upstream(RanksDown{{9}, {}, 1}) == "to 0: RanksDown 9 as 1; to 1: RanksDown 9 as 1");
    CHECK(host.on_upstream(RankUp{9, 1}) == "to 0: RankUp 9 as 1; to 1: RankUp 9 as 1");
    CHECK(host.on(0, RankUp{1, 1}) ==
          "drop: rank 0 reported a rank up, which only brokers do; to 1: RanksDown 0; up: RanksDown 0");
}
