// EventQueue: virtual time. Events come out by their time, those of one moment in the order in which they were added,
// so that a run is the same on every machine.
#pragma once

#include <chrono>
#include <cstdint>
#include <queue>
#include <vector>

namespace scoop::simulation {

/// Since the beginning of the simulation.
using Time = std::chrono::nanoseconds;

template <class What>
class EventQueue {
public:
    [[nodiscard]] Time now() const { return now_; }
    [[nodiscard]] bool empty() const { return events_.empty(); }

    void add(Time delay, What what) { events_.push({now_ + delay, ++added_, what}); }

    /// Time goes on to the next event.
    [[nodiscard]] What take() {
        const Event event = events_.top();
        events_.pop();
        now_ = event.at;
        return event.what;
    }

private:
    struct Event {
        Time at;
        std::uint64_t number;
        What what;
        [[nodiscard]] bool operator<(const Event& other) const {  // the queue's top is the greatest
            return at != other.at ? at > other.at : number > other.number;
        }
    };
    std::priority_queue<Event> events_;
    std::uint64_t added_ = 0;
    Time now_{0};
};

}  // namespace scoop::simulation
