// Stragglers: which tasks of ours that are with others take so long that a second copy is worth sending, as a pure
// decision. Comm thread only; the clock is asked only for tasks that are speculative.
//
// A task takes long when it has been away for more than twice the median of those of its call that have ended, and for
// more than a moment. Of one that is not known to have started only the time counts in which others have wanted work:
// whoever is alive would have given it back meanwhile. No task has more than one copy at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "scoop/detail/call_times.hpp"

namespace scoop::worker {

class Stragglers {
public:
    using Clock = std::function<base::TimePoint()>;
    explicit Stragglers(Clock clock) : clock_(std::move(clock)) {}

    /// What takes less is no straggler, whatever the median is.
    static constexpr std::chrono::milliseconds age_min{100};

    [[nodiscard]] bool empty() const { return away_.empty(); }

    /// A speculative task was sent to others, or a copy of one.
    void on_sent(const base::TaskId& id, std::shared_ptr<detail::CallTimes> times) {
        away_.insert_or_assign(id, Away{std::move(times), clock_()});
        has_changed_ = true;
    }
    /// Whoever has it has begun with it.
    void on_started(const base::TaskId& id);
    /// Its time goes to those of the call.
    void on_answered(const base::TaskId& id);
    /// It was lost or cancelled.
    void on_gone(const base::TaskId& id) { has_changed_ |= away_.erase(id) > 0; }
    /// All of them were.
    void clear() { away_.clear(); }
    /// Whether it has a copy, or is one.
    void set_twin(const base::TaskId& id, bool has_twin);

    /// Whether look() may have another answer than last time, apart from the time.
    [[nodiscard]] bool has_changed() const { return has_changed_; }
    struct Look {
        std::vector<base::TaskId> late;       ///< those worth a copy, the longest away first
        std::optional<base::TimePoint> next;  ///< when the next one is
    };
    /// Others have had nothing to do since `wanted_since`.
    [[nodiscard]] Look look(base::TimePoint wanted_since);

private:
    struct Away {
        std::shared_ptr<detail::CallTimes> times;  // with the tasks of its call
        base::TimePoint since;
        bool is_started = false;
        bool has_twin = false;
    };
    Clock clock_;
    std::unordered_map<base::TaskId, Away, base::TaskIdHash> away_;
    bool has_changed_ = false;
};

}  // namespace scoop::worker
