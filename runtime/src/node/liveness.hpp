// Liveness: when to send a heartbeat, and when the other side has been silent for too long. No I/O, no clock of its
// own.
//
// Suspension is not death: when the loop itself stood still (SIGSTOP, a laptop asleep, a machine badly overloaded), the
// time is not held against the other side. One thread.
#pragma once

#include <optional>

#include "base/clock.hpp"

namespace scoop::node {

class Liveness {
public:
    Liveness(base::TimePoint now, base::Duration heartbeat_interval, base::Duration silence_max)
        : heartbeat_interval_(heartbeat_interval),
          silence_max_(silence_max),
          heartbeat_at_(now + heartbeat_interval),
          silent_at_(now + silence_max),
          awake_by_(now) {}

    /// Other times from now on.
    void configure(base::TimePoint now, base::Duration heartbeat_interval, base::Duration silence_max);

    /// At the beginning of every turn of the loop. Returns for how long this process stood still, zero as a rule; all
    /// deadlines here have been moved by that already.
    [[nodiscard]] base::Duration on_turn(base::TimePoint now);
    /// The other side said something.
    void on_heard(base::TimePoint now) {
        if (silent_at_) silent_at_ = now + silence_max_;
    }
    /// The other side is gone: it is not silent from now on.
    void stop_listening() { silent_at_.reset(); }
    /// True once for every heartbeat that is due.
    [[nodiscard]] bool take_heartbeat(base::TimePoint now);
    [[nodiscard]] bool is_silent(base::TimePoint now) const {
        return !is_suspended_ && silent_at_ && now >= *silent_at_;
    }

    /// Both sides stand still by agreement: no heartbeats, no judgement, until it goes on.
    void suspend() { is_suspended_ = true; }
    void resume(base::TimePoint now);

    /// The loop is about to sleep, `wake_at` at the latest for its own reasons. Returns when it must wake for ours too.
    [[nodiscard]] base::TimePoint on_sleep(base::TimePoint wake_at);

private:
    base::Duration heartbeat_interval_;
    base::Duration silence_max_;
    base::TimePoint heartbeat_at_;
    std::optional<base::TimePoint> silent_at_;
    base::TimePoint awake_by_;  ///< when the last sleep should have ended
    bool is_suspended_ = false;
};

}  // namespace scoop::node
