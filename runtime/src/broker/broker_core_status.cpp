// What a BrokerCore tells about itself.
#include "broker/broker_core.hpp"

namespace scoop::broker {

CoreStatus BrokerCore::status() const {
    CoreStatus status;
    for (const Peer& peer : peers_) status.peers[peer.number].is_hungry = peer.request > 0;
    for (const auto& [id, given] : given_) ++status.peers[peers_[given.holder].number].tasks;
    status.tasks_waiting = queue_.size();
    for (const auto& [needed, queue] : needs_) status.tasks_waiting += queue.size();
    return status;
}

}  // namespace scoop::broker
