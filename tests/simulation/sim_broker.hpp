// SimBroker: a real BrokerCore as a server with a queue: what comes while it is busy waits for its next turn, as in
// BrokerLoop, and every message in or out costs time.
#pragma once

#include <cstdint>
#include <deque>

#include "broker/broker_core.hpp"
#include "world.hpp"

namespace scoop::simulation {

class SimBroker {
public:
    SimBroker(World& world, Place place, std::uint32_t number, broker::CoreConfig config);

    void on_letter(Letter letter);
    void on_turn_end();
    [[nodiscard]] Time busy_time() const { return busy_time_; }
    [[nodiscard]] std::size_t inbox_longest() const { return inbox_longest_; }
    void reset_measures() { busy_time_ = Time(0), inbox_longest_ = 0; }

private:
    void begin_turn();
    void hear(const Letter& letter);
    [[nodiscard]] Time cost_of(std::size_t bytes) const;

    World& world_;
    const Place place_;
    const std::uint32_t number_;
    broker::BrokerCore core_;
    std::deque<Letter> inbox_;
    bool is_busy_ = false;
    Time busy_time_{0};
    std::size_t inbox_longest_ = 0;
};

}  // namespace scoop::simulation
