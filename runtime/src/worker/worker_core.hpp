// WorkerCore: what a worker says to its host's broker about work, as a pure decision: one event in, actions out.
//
// | event                          | action                                                                          |
// |--------------------------------|---------------------------------------------------------------------------------|
// | nothing left to run (or soon)  | Request, unless one is under way; armed for one task                            |
// | Steal(count)                   | export up to count; none there: Dry, armed for count                            |
// | a task appeared while armed    | export up to what is wanted; none left: still armed; busy again: Request(0)     |
// | exported some                  | the broker takes a request back by itself; disarmed                             |
// | Tasks came                     | the request is answered; disarmed                                               |
//
// An object is the comm thread's; the rules about how much and when are functions for any thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace scoop::worker {

/// Work in hand for less than a round trip to the broker is too little: then more is asked for ahead of time.
inline constexpr std::uint64_t round_trip_nanoseconds = 200'000;
inline constexpr std::uint32_t request_count_max = 2048;

class WorkerCore {
public:
    enum class Say { nothing, request, dry, withdraw };
    struct Decision {
        Say say = Say::nothing;
        bool arm = false;  ///< watch for new tasks
    };

    // How long a task of others lasts here is known by a moving mean; 0: none has run yet.
    [[nodiscard]] static std::uint64_t mean_with(std::uint64_t mean, std::uint64_t nanoseconds) {
        return mean == 0 ? std::max<std::uint64_t>(nanoseconds, 1) : (mean * 7 + nanoseconds) / 8 + 1;
    }
    /// A task of others was started and so many still wait: is it time to ask for more, though there is work?
    [[nodiscard]] static bool asks_ahead(std::uint32_t waiting, std::uint64_t mean) {
        return mean != 0 && mean < round_trip_nanoseconds && waiting * mean < round_trip_nanoseconds;
    }
    /// How many tasks to ask for.
    [[nodiscard]] static std::uint32_t request_count(std::uint64_t mean) {
        if (mean == 0) return 1;
        return static_cast<std::uint32_t>(
            std::clamp<std::uint64_t>(round_trip_nanoseconds / mean, 1, request_count_max));
    }
    /// How many of `unstarted` tasks to give away when so many are wanted.
    [[nodiscard]] static std::size_t export_count(std::size_t unstarted, std::size_t wanted) {
        return std::clamp<std::size_t>((unstarted + 1) / 2, 1, wanted);
    }

    /// How many tasks to try to export now; 0: none are wanted.
    [[nodiscard]] std::uint32_t wanted() const { return wanted_; }

    [[nodiscard]] Decision on_hungry() {
        if (requested_) return {};
        requested_ = true;
        wanted_ = std::max<std::uint32_t>(wanted_, 1);
        return {Say::request, true};
    }
    void on_steal(std::uint32_t count) { wanted_ = std::max<std::uint32_t>(count, 1); }
    /// After an export was tried for a Steal (`asked`) or because a task appeared.
    [[nodiscard]] Decision on_export_tried(std::size_t exported, bool asked, bool is_idle) {
        if (exported > 0) {
            requested_ = false;
            wanted_ = 0;
            return {};
        }
        if (asked) return {Say::dry, true};
        if (requested_ && !is_idle) {
            requested_ = false;
            wanted_ = 0;
            return {Say::withdraw, false};
        }
        return {Say::nothing, wanted_ > 0};
    }
    void on_tasks() {
        requested_ = false;
        wanted_ = 0;
    }

private:
    bool requested_ = false;
    std::uint32_t wanted_ = 0;
};

}  // namespace scoop::worker
