// Post: how messages travel in a simulated job: encoded as on the wire, late by the latency of their way, in order.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "event_queue.hpp"
#include "protocol/messages.hpp"

namespace scoop::simulation {

/// Whom an event is for.
enum class Place : std::uint8_t { worker, host, root };
enum class Happening : std::uint8_t { letter, task_end, comm_wake, turn_end };
struct Event {
    Happening happening;
    Place place;
    std::uint32_t number;  ///< of the worker or host; of a letter, where it lies
};
using Events = EventQueue<Event>;

struct Letter {
    Place from = Place::worker;
    Place to = Place::worker;
    std::uint32_t from_number = 0;
    std::uint32_t to_number = 0;
    std::string bytes;
};

/// The four ways of a message.
enum class Way { worker_to_host, host_to_worker, host_to_root, root_to_host };
inline constexpr std::size_t way_count = 4;

struct Traffic {
    std::array<std::uint64_t, std::variant_size_v<protocol::Message>> messages{};  ///< by kind
    std::uint64_t tasks = 0;
    std::uint64_t results = 0;
    std::uint64_t bytes = 0;

    [[nodiscard]] std::uint64_t all() const;
    template <class Kind>
    [[nodiscard]] std::uint64_t of() const {
        return messages[protocol::Message(Kind{}).index()];
    }
};

class Post {
public:
    Post(Events& events, Time host_latency, Time network_latency)
        : events_(events), host_latency_(host_latency), network_latency_(network_latency) {}

    /// Leaves after `delay`. Returns its size.
    std::size_t send(Place from, std::uint32_t from_number, Place to, std::uint32_t to_number,
                     const protocol::Message& message, Time delay = Time(0));
    /// The letter that has come.
    [[nodiscard]] Letter take(std::uint32_t slot);
    [[nodiscard]] const Letter& peek(std::uint32_t slot) const { return letters_[slot]; }
    [[nodiscard]] const Traffic& traffic(Way way) const { return traffic_[static_cast<std::size_t>(way)]; }
    void reset_traffic() { traffic_ = {}; }

private:
    Events& events_;
    const Time host_latency_;
    const Time network_latency_;
    std::vector<Letter> letters_;
    std::vector<std::uint32_t> free_;
    std::array<Traffic, way_count> traffic_{};
};

}  // namespace scoop::simulation
