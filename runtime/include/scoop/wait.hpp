// wait and as_completed: many futures at once.
#pragma once

#include <concepts>
#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "scoop/detail/completion_queue.hpp"
#include "scoop/future.hpp"
#include "scoop/timeout.hpp"

namespace scoop {

/// What wait() waits for (PEP 3148's return_when).
enum class When { all_completed, first_completed, first_exception };

/// Positions in the range given to wait(), ascending; together all of them.
struct WaitResult {
    std::vector<std::size_t> done;
    std::vector<std::size_t> not_done;
};

/// A range of Future<R> or SharedFuture<R>.
template <class Range>
concept FutureRange = std::ranges::forward_range<Range> && detail::AnyFuture<std::ranges::range_reference_t<Range>>;

/// Waits until all futures are done, or one is, or one ended with an exception (cancellation counts; all of them, if
/// none does), or the time is up. Never throws what a task threw, and changes nothing in the futures. All must be
/// valid.
template <FutureRange Range>
WaitResult wait(Range&& futures, When when = When::all_completed, Timeout timeout = forever) {  // of one: future.wait()
    detail::CompletionQueue queue;
    const auto deadline = detail::deadline_of(timeout);
    std::vector<std::ranges::iterator_t<Range>> at;
    for (auto i = std::ranges::begin(futures); i != std::ranges::end(futures); ++i) {
        // Alone in a worker, the futures' tasks are best run here and now.
        if (when == When::all_completed && timeout == forever) (*i).wait();
        queue.watch(detail::FutureAccess::block(*i), at.size());
        at.push_back(i);
    }
    std::vector<bool> is_done(at.size());
    const auto note_done = [&](std::size_t index) {
        is_done[index] = true;
        return when == When::first_completed ||
               (when == When::first_exception && detail::FutureAccess::has_failed(*at[index]));
    };
    bool is_enough = false;
    while (!is_enough && queue.outstanding() > 0) {
        const auto index = queue.next(deadline);
        if (!index) break;
        is_enough = note_done(*index);
    }
    // What else is done by now is told as well.
    for (std::size_t i = 0; i < at.size(); ++i)
        if (!is_done[i] && detail::is_done(detail::FutureAccess::block(*at[i]))) is_done[i] = true;
    WaitResult result;
    for (std::size_t i = 0; i < at.size(); ++i) (is_done[i] ? result.done : result.not_done).push_back(i);
    return result;
}

/// The futures of a range in the order in which they become done: an input range of references to them, read once, on
/// one thread. What was done before comes first. Reading waits, and throws TimeoutError when the time, which counts
/// from the call of as_completed, is up. The range must outlive this; its futures may be read as they come.
template <class Range>
class [[nodiscard]] AsCompleted {
public:
    class iterator {
    public:
        using value_type = std::ranges::range_value_t<Range>;
        using difference_type = std::ptrdiff_t;
        using iterator_concept = std::input_iterator_tag;

        iterator() = default;
        std::ranges::range_reference_t<Range> operator*() const { return *of_->at_[of_->current_.value()]; }
        iterator& operator++() {
            of_->advance();
            return *this;
        }
        void operator++(int) { ++*this; }
        friend bool operator==(const iterator& i, std::default_sentinel_t) { return i.is_at_end(); }

    private:
        friend class AsCompleted;
        explicit iterator(AsCompleted& of) : of_(&of) {}
        [[nodiscard]] bool is_at_end() const { return of_ == nullptr || !of_->current_.has_value(); }
        AsCompleted* of_ = nullptr;
    };

    AsCompleted(Range& futures, Timeout timeout)
        : queue_(std::make_unique<detail::CompletionQueue>()), deadline_(detail::deadline_of(timeout)) {
        for (auto i = std::ranges::begin(futures); i != std::ranges::end(futures); ++i) {
            queue_->watch(detail::FutureAccess::block(*i), at_.size());
            at_.push_back(i);
        }
    }
    /// Waits for the first one.
    [[nodiscard]] iterator begin() {
        if (!std::exchange(has_begun_, true)) advance();
        return iterator(*this);
    }
    [[nodiscard]] std::default_sentinel_t end() const { return {}; }

private:
    void advance() {
        current_.reset();
        if (queue_->outstanding() == 0) return;
        current_ = queue_->next(deadline_);
        if (!current_) {
            throw TimeoutError("scoop::as_completed: " + std::to_string(queue_->outstanding()) + " of " +
                               std::to_string(at_.size()) + " tasks were not done in time");
        }
    }

    std::unique_ptr<detail::CompletionQueue> queue_;
    std::vector<std::ranges::iterator_t<Range>> at_;
    detail::TimePoint deadline_;
    std::optional<std::size_t> current_;
    bool has_begun_ = false;
};

template <FutureRange Range>
auto as_completed(Range& futures, Timeout timeout = forever) {  // futures in a variable, which outlives the loop
    return AsCompleted<Range>(futures, timeout);
}

}  // namespace scoop
