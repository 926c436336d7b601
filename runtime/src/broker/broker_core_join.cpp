// How a BrokerCore takes in who was not there when the job began: a host that joins, the replacement of a worker.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "broker/broker_core.hpp"

namespace scoop::broker {

using namespace protocol;

void BrokerCore::add_peer(NewPeer peer) {
    hungry_.add_peer();
    victims_.add_peer();
    last_resort_.add_peer();
    insert(peer.number, std::move(peer.name), std::move(peer.ranks), peer.tags).is_new = true;
}

// The process of a higher incarnation joins, and says so: that of the lower one has ended, even if nobody has told yet.
std::optional<std::string> BrokerCore::replace(PeerIndex index, std::uint32_t incarnation) {
    Peer& peer = peers_[index];
    if (!peer.is_down) bury(index, {peer.name + " was replaced", {}, peer.incarnation, {}, true});
    if (std::ranges::any_of(peer.ranks, [this](base::Rank rank) { return is_gone(rank); }))
        return peer.name + " was given up and may not come back";
    peer.is_down = false;
    peer.incarnation = incarnation;
    ++peers_alive_;
    if (!std::exchange(peer.is_connected, true)) ++peers_connected_;
    for (const base::Rank rank : peer.ranks) raise_rank({rank, incarnation}, index, true);
    tell_past(index);
    classify(index);
    return std::nullopt;
}

// What was said to everybody before this peer, or the replacement of one, was there to hear it.
void BrokerCore::tell_past(PeerIndex index) {
    for (const HostJoined& host : joined_) outbox_of(index).add(host);
    for (const auto& [rank, fate] : fates_)
        if (fate.is_down) outbox_of(index).add(RanksDown{{rank}, fate.ending, is_gone(rank) ? 0 : fate.incarnation});
}

void BrokerCore::introduce(PeerIndex index) {
    const Peer& peer = peers_[index];
    peers_[index].is_new = false;
    joined_.push_back({peer.number, peer.name, peer.ranks});
    spread(joined_.back(), index, false);
}

}  // namespace scoop::broker
