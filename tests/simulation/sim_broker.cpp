#include "sim_broker.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "broker/lines.hpp"
#include "protocol/codec.hpp"
#include "protocol/version.hpp"

namespace scoop::simulation {

SimBroker::SimBroker(World& world, Place place, std::uint32_t number, broker::CoreConfig config)
    : world_(world), place_(place), number_(number), core_(config) {
    for (const auto& [peer, ranks] : config.peers)
        if (const auto refusal = core_.on_hello({protocol::version, peer, 0})) throw std::logic_error(*refusal);
}

void SimBroker::on_letter(Letter letter) {
    inbox_.push_back(std::move(letter));
    inbox_longest_ = std::max(inbox_longest_, inbox_.size());
    if (!is_busy_) begin_turn();
}

void SimBroker::on_turn_end() {
    is_busy_ = false;
    if (!inbox_.empty()) begin_turn();
}

void SimBroker::begin_turn() {
    Time cost{0};
    for (int i = 0; i < broker::frames_per_turn_max && !inbox_.empty(); ++i) {
        cost += cost_of(inbox_.front().bytes.size());
        hear(inbox_.front());
        inbox_.pop_front();
    }
    for (auto& action : core_.take_actions()) {
        std::size_t bytes = 0;
        if (auto* down = std::get_if<broker::SendToPeer>(&action)) {
            const Place to = place_ == Place::root ? Place::host : Place::worker;
            bytes = world_.post.send(place_, number_, to, down->peer, down->message, cost);
        } else if (auto* up = std::get_if<broker::SendUpstream>(&action)) {
            bytes = world_.post.send(place_, number_, Place::root, 0, up->message, cost);
        } else {
            throw std::logic_error(std::get<broker::DropPeer>(action).reason);
        }
        cost += cost_of(bytes);
    }
    is_busy_ = true;
    busy_time_ += cost;
    world_.events.add(cost, {Happening::turn_end, place_, number_});
}

void SimBroker::hear(const Letter& letter) {
    auto message = protocol::decode(letter.bytes);
    if (!message) throw std::logic_error(message.error().sentence());
    if (letter.from != Place::root) return core_.on_message(letter.from_number, std::move(*message));
    if (const auto heard = core_.on_upstream(std::move(*message)); !heard)
        throw std::logic_error(heard.error().sentence());
}

Time SimBroker::cost_of(std::size_t bytes) const {
    return world_.plan.message_cost + Time(static_cast<Time::rep>(world_.plan.byte_cost * static_cast<double>(bytes)));
}

}  // namespace scoop::simulation
