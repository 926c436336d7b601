// What a BrokerCore tells about itself, and how it drains a peer.
#include <algorithm>
#include <utility>

#include "broker/broker_core.hpp"

namespace scoop::broker {

CoreStatus BrokerCore::status() const {
    CoreStatus status;
    for (const Peer& peer : peers_) status.peers[peer.number].is_hungry = peer.request > 0;
    for (const auto& [id, given] : given_) ++status.peers[peers_[given.holder].number].tasks;
    status.tasks_waiting = queue_.size() + copies_.size();
    for (const auto& [needed, queue] : needs_) status.tasks_waiting += queue.size();
    return status;
}

void BrokerCore::drain(std::uint32_t number) {
    const auto index = find(number);
    if (!index || peers_[*index].is_down || std::exchange(peers_[*index].is_leaving, true)) return;
    set_request(*index, 0);
    draining_.push_back(*index);
}

std::vector<std::uint32_t> BrokerCore::take_drained() {
    std::vector<std::uint32_t> drained;
    std::erase_if(draining_, [&](PeerIndex index) {
        if (peers_[index].is_down) return true;
        if (!is_drained(index)) return false;
        drained.push_back(peers_[index].number);
        return true;
    });
    return drained;
}

// Only the root broker drains, and who is on its way through it can leave.
void BrokerCore::note_call(const protocol::Post& post) {
    if (has_upstream_) return;
    if (post.subject == protocol::Post::call) ++calls_[{post.from, post.to}];
    if (post.subject != protocol::Post::called) return;
    const auto call = calls_.find({post.to, post.from});
    if (call != calls_.end() && --call->second == 0) calls_.erase(call);
}

bool BrokerCore::is_drained(PeerIndex peer) const {
    const auto is_its_own = [&](const protocol::TaskItem& item) { return is_owned_by(item.id, peer); };
    return std::ranges::none_of(
               given_,
               [&](const auto& entry) { return entry.second.holder == peer || is_owned_by(entry.first, peer); }) &&
           std::ranges::none_of(calls_, [&](const auto& call) { return home_of_.at(call.first.second) == peer; }) &&
           std::ranges::none_of(queue_, is_its_own) && std::ranges::none_of(copies_, is_its_own) &&
           std::ranges::none_of(needs_,
                                [&](const auto& entry) { return std::ranges::any_of(entry.second, is_its_own); });
}

}  // namespace scoop::broker
