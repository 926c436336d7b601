// A BrokerCore under test: what it is told, and what it wants to do as a line of text.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "broker/broker_core.hpp"
#include "protocol/version.hpp"

namespace scoop::broker {

using namespace protocol;

inline std::string text_of(const base::TaskId& id) {
    return std::to_string(id.owner) + "." + std::to_string(id.counter);
}

/// "Tasks 0.1 0.2", "Steal 4": enough to read what a broker says.
inline std::string text_of(const Message& message) {
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
            } else if constexpr (std::is_same_v<T, HostJoined>) {
                text = "HostJoined " + m.name + " as " + std::to_string(m.host) + " with";
                for (const auto rank : m.ranks) text += " " + std::to_string(rank);
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

inline Tasks tasks(const std::vector<base::TaskId>& ids) {
    Tasks message;
    for (const auto& id : ids) message.items.push_back({id, 1, 42, "x"});
    return message;
}

inline Results results(const std::vector<base::TaskId>& ids) {
    Results message;
    for (const auto& id : ids) message.items.push_back({id, Outcome::value, "x"});
    return message;
}

inline base::TaskId task(base::Rank owner, std::uint64_t counter) { return {owner, 0, counter}; }

inline CoreConfig host_of_workers(std::uint32_t workers) {
    CoreConfig config;
    for (std::uint32_t rank = 0; rank < workers; ++rank) {
        config.peers[rank] = {rank};
        config.peer_names[rank] = "rank " + std::to_string(rank);
    }
    config.has_upstream = true;
    return config;
}

/// Hosts 0, 1, … with ranks 0 1, 2 3, …
inline CoreConfig root_of_hosts(std::uint32_t hosts) {
    CoreConfig config;
    for (std::uint32_t host = 0; host < hosts; ++host) {
        config.peers[host] = {2 * host, 2 * host + 1};
        config.peer_names[host] = "node" + std::to_string(host);
    }
    return config;
}

/// A core whose peers have all said hello; every check takes what it wants to do, so that nothing is left unexamined.
class TestedCore {
public:
    explicit TestedCore(const CoreConfig& config) : core_(config) {
        for (const auto& [number, ranks] : config.peers) REQUIRE_FALSE(core_.on_hello(Hello{version, number, 0}));
        REQUIRE(core_.has_all_peers());
    }
    ~TestedCore() { CHECK(core_.take_actions().empty()); }

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

}  // namespace scoop::broker
