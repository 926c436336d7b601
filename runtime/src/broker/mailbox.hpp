// Mailbox: what passes between a broker's thread and its owner: orders in, events out. Any thread.
#pragma once

#include <future>
#include <mutex>
#include <string>
#include <vector>

#include "base/wakeup.hpp"
#include "broker/broker_thread.hpp"

namespace scoop::broker {

class Mailbox {
public:
    struct PeerDown {
        std::uint32_t peer;
        Departure departure;
    };
    struct Join {
        JoiningHost host;
        std::promise<base::Result<std::uint16_t>> done;  ///< the TCP port
    };
    struct Orders {
        std::vector<Join> joining;
        std::vector<PeerDown> peers_down;
        std::vector<std::uint32_t> draining;
        bool must_tell_status = false;
        bool must_stop = false;
    };

    // For the owner.
    void order_peer_down(std::uint32_t peer, Departure departure);
    void order_drain(std::uint32_t peer);
    [[nodiscard]] std::future<base::Result<std::uint16_t>> order_join(JoiningHost host);
    void order_status();
    void order_stop();
    [[nodiscard]] int event_fd() const { return events_here_.fd(); }
    [[nodiscard]] std::vector<BrokerEvent> take_events();

    // For the broker's thread.
    [[nodiscard]] int order_fd() const { return orders_here_.fd(); }
    [[nodiscard]] Orders take_orders();
    void tell(BrokerEvent event);

private:
    std::mutex mutex_;
    Orders orders_;
    std::vector<BrokerEvent> events_;
    base::Wakeup orders_here_;
    base::Wakeup events_here_;
};

}  // namespace scoop::broker
