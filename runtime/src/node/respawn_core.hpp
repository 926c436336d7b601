// RespawnCore: which workers that have ended are replaced, and when. Decides only, with time from outside. One thread.
//
// A replacement is started as soon as the exit of the one before was reported. Where they end one after the other each
// waits longer than the one before; after a number of short lives there are no more.
//
// | a worker of a rank ended        | the next one of this rank                               |
// |---------------------------------|---------------------------------------------------------|
// | after short_life or later       | at once                                                 |
// | earlier, the k-th time in a row | after delay_first · 2^(k-1), delay_last at the most     |
// | the short_lives_max-th time     | never                                                   |
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"

namespace scoop::node {

inline constexpr std::chrono::seconds short_life{1};
inline constexpr std::uint32_t short_lives_max = 8;
inline constexpr std::chrono::milliseconds delay_first{100};
inline constexpr std::chrono::milliseconds delay_last{2000};

class RespawnCore {
public:
    struct Next {
        base::Rank rank;
        std::uint32_t incarnation;
    };

    /// These workers were started at `now`, under the incarnation 0.
    RespawnCore(const std::vector<base::Rank>& ranks, base::TimePoint now);

    /// The worker has ended, or could not be started. Whether it is replaced.
    [[nodiscard]] bool on_end(base::Rank rank, base::TimePoint now);
    /// What the worker wrote has been passed on.
    void on_reported(base::Rank rank);
    [[nodiscard]] bool will_replace(base::Rank rank) const;
    /// What is to be started now; each comes once.
    [[nodiscard]] std::vector<Next> take_due(base::TimePoint now);
    [[nodiscard]] base::TimePoint next_due() const;
    /// Our own clock stood still for `pause`.
    void on_pause(base::Duration pause);

private:
    enum class State { running, ended, reported, given_up };
    struct Worker {
        State state = State::running;
        std::uint32_t incarnation = 0;
        std::uint32_t short_lives = 0;  ///< in a row
        base::TimePoint at;             ///< running: since then; ended or reported: the next one not before
    };
    std::map<base::Rank, Worker> workers_;
};

}  // namespace scoop::node
