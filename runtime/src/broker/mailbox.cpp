#include "broker/mailbox.hpp"

#include <algorithm>
#include <utility>

#include "protocol/limits.hpp"

namespace scoop::broker {

void Mailbox::order_peer_down(std::uint32_t peer, Departure departure) {
    auto& reason = departure.reason;
    reason.resize(std::min<std::size_t>(reason.size(), protocol::sentence_size_max));
    const std::lock_guard lock(mutex_);
    orders_.peers_down.push_back({peer, std::move(departure)});
    orders_here_.signal();
}

void Mailbox::order_drain(std::uint32_t peer) {
    const std::lock_guard lock(mutex_);
    orders_.draining.push_back(peer);
    orders_here_.signal();
}

std::future<base::Result<std::uint16_t>> Mailbox::order_join(JoiningHost host) {
    const std::lock_guard lock(mutex_);
    auto& order = orders_.joining.emplace_back(Join{std::move(host), {}});
    orders_here_.signal();
    return order.done.get_future();
}

void Mailbox::order_status() {
    const std::lock_guard lock(mutex_);
    orders_.must_tell_status = true;
    orders_here_.signal();
}

void Mailbox::order_stop() {
    const std::lock_guard lock(mutex_);
    orders_.must_stop = true;
    orders_here_.signal();
}

std::vector<BrokerEvent> Mailbox::take_events() {
    const std::lock_guard lock(mutex_);
    events_here_.clear();
    return std::exchange(events_, {});
}

Mailbox::Orders Mailbox::take_orders() {
    const std::lock_guard lock(mutex_);
    orders_here_.clear();
    return std::exchange(orders_, {});
}

void Mailbox::tell(BrokerEvent event) {
    const std::lock_guard lock(mutex_);
    events_.push_back(std::move(event));
    events_here_.signal();
}

}  // namespace scoop::broker
