#include "post.hpp"

#include <numeric>
#include <utility>

#include "protocol/codec.hpp"

namespace scoop::simulation {

namespace {

Way way_between(Place from, Place to) {
    if (from == Place::worker) return Way::worker_to_host;
    if (from == Place::root) return Way::root_to_host;
    return to == Place::root ? Way::host_to_root : Way::host_to_worker;
}

}  // namespace

std::uint64_t Traffic::all() const { return std::accumulate(messages.begin(), messages.end(), std::uint64_t{0}); }

std::size_t Post::send(Place from, std::uint32_t from_number, Place to, std::uint32_t to_number,
                       const protocol::Message& message, Time delay) {
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(letters_.size()));
        letters_.emplace_back();
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    letters_[slot] = {from, to, from_number, to_number, protocol::encode(message)};

    const Way way = way_between(from, to);
    Traffic& traffic = traffic_[static_cast<std::size_t>(way)];
    ++traffic.messages[message.index()];
    traffic.bytes += letters_[slot].bytes.size();
    if (const auto* tasks = std::get_if<protocol::Tasks>(&message)) traffic.tasks += tasks->items.size();
    if (const auto* results = std::get_if<protocol::Results>(&message)) traffic.results += results->items.size();

    const bool is_local = way == Way::worker_to_host || way == Way::host_to_worker;
    events_.add(delay + (is_local ? host_latency_ : network_latency_), {Happening::letter, to, slot});
    return letters_[slot].bytes.size();
}

Letter Post::take(std::uint32_t slot) {
    free_.push_back(slot);
    return std::move(letters_[slot]);
}

}  // namespace scoop::simulation
