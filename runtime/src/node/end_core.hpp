// EndCore: whom to send which signal when every process below this one has to end. Decides only; the owner looks the
// processes up and sends. One thread.
//
// | time                    | who                                   | signal           |
// |-------------------------|---------------------------------------|------------------|
// | before term_at          | –                                     | –                |
// | term_at until kill_at   | each descendant, once                 | SIGTERM, SIGCONT |
// | from kill_at            | every descendant, at every turn       | SIGKILL          |
// | from give_up_at         | nobody any more: the kernel holds them| –                |
#pragma once

#include <sys/types.h>

#include <chrono>
#include <set>
#include <vector>

#include "base/clock.hpp"

namespace scoop::node {

/// How long after the first SIGKILL a process may still be there (waiting for a dead file server, say).
inline constexpr std::chrono::seconds kill_wait_max{10};

class EndCore {
public:
    struct Signal {
        pid_t pid;
        int number;
    };

    EndCore(base::TimePoint term_at, base::TimePoint kill_at) : term_at_(term_at), kill_at_(kill_at) {}

    /// Makes the end come earlier; never later.
    void hurry(base::TimePoint term_at, base::TimePoint kill_at);
    /// Our own clock stood still for `pause`: nobody below had that time either.
    void on_pause(base::Duration pause);

    [[nodiscard]] std::vector<Signal> on_turn(base::TimePoint now, const std::vector<pid_t>& descendants);
    /// When to call on_turn again. An ended child is a reason to look earlier.
    [[nodiscard]] base::TimePoint next_turn(base::TimePoint now) const;
    [[nodiscard]] bool is_term_time(base::TimePoint now) const { return now >= term_at_; }
    [[nodiscard]] bool has_given_up(base::TimePoint now) const { return now >= kill_at_ + kill_wait_max; }

private:
    base::TimePoint term_at_;
    base::TimePoint kill_at_;
    std::set<pid_t> asked_;  ///< have got SIGTERM and SIGCONT
};

}  // namespace scoop::node
