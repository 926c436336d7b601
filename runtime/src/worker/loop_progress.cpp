// The waiting and closing of loops; see scoop/detail/loop_progress.hpp.
#include "scoop/detail/loop_progress.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "worker/heavy_fence.hpp"
#include "worker/held_locks.hpp"

namespace scoop::detail {

bool News::wait_beyond(std::uint64_t number, TimePoint deadline) {
    worker::require_nothing_held();
    Parking parking;
    {
        const std::lock_guard lock(mutex_);
        if (number_ > number) return true;
        waiting_ = &parking;
    }
    const bool has_rung = parking.wait_until(deadline);
    const std::lock_guard lock(mutex_);
    waiting_ = nullptr;
    is_awaited_.store(false, std::memory_order_relaxed);
    return has_rung;
}

void News::announce() {
    is_awaited_.store(true, std::memory_order_relaxed);
    worker::heavy_fence();
}

std::uint64_t News::number() {
    const std::lock_guard lock(mutex_);
    return number_;
}

void News::ring() {
    const std::lock_guard lock(mutex_);
    ++number_;
    is_awaited_.store(false, std::memory_order_relaxed);
    if (waiting_ != nullptr) std::exchange(waiting_, nullptr)->notify();
}

void LoopProgress::tell(std::shared_ptr<News> news) {
    news_ = std::move(news);
    cancel_waiter_.news = news_.get();
    cancel_waiter_.notify = [](Waiter& self) noexcept { static_cast<CancelWaiter&>(self).news->ring(); };
    if (!add_waiter(scope_.block(), cancel_waiter_)) news_->ring();
}

bool LoopProgress::enter_input() {
    const std::lock_guard lock(mutex_);
    if (is_cancelled()) return false;
    ++readers_;
    return true;
}

void LoopProgress::leave_input() {
    const std::lock_guard lock(mutex_);
    if (--readers_ == 0 && closing_ != nullptr) std::exchange(closing_, nullptr)->notify();
}

void LoopProgress::cancel_and_wait() {
    scope_.cancel();
    Parking parking;
    {
        const std::lock_guard lock(mutex_);
        if (readers_ == 0) return;
        closing_ = &parking;
    }
    parking.wait();
}

void LoopProgress::publish(std::size_t begin, std::size_t end, std::uint32_t rank) {
    if (begin == end) return;
    {
        const std::lock_guard lock(mutex_);
        note(begin, end, rank);
        wake();
    }
    if (news_ != nullptr) news_->ring();
}

void LoopProgress::publish(StretchMarks& stretch) {
    {
        const std::lock_guard lock(mutex_);
        collect(stretch);
        wake();
    }
    if (news_ != nullptr) news_->ring();
}

void LoopProgress::enter(StretchMarks& stretch) {
    const std::lock_guard lock(mutex_);
    running_.push_back(&stretch);
}

void LoopProgress::leave(StretchMarks& stretch) {
    const std::lock_guard lock(mutex_);
    std::erase(running_, &stretch);
}

void LoopProgress::collect() {
    for (StretchMarks* stretch : running_) collect(*stretch);
}

void LoopProgress::collect(StretchMarks& stretch) {
    const std::size_t begin = stretch.published.load(std::memory_order_relaxed);
    const std::size_t end = stretch.reached.load(std::memory_order_acquire);
    if (begin == end) return;
    stretch.published.store(end, std::memory_order_relaxed);
    note(begin, end, this_rank());
}

// Joins it with its neighbours.
void LoopProgress::note(std::size_t begin, std::size_t end, std::uint32_t rank) {
    left_.fetch_sub(end - begin, std::memory_order_acq_rel);
    if (records_executors_) {
        if (!finished_.empty() && finished_.back().end == begin && finished_.back().rank == rank) {
            finished_.back().end = end;
        } else {
            finished_.push_back({begin, end, rank});
        }
    } else {
        auto after = ready_.upper_bound(begin);
        if (after != ready_.end() && after->first == end) {
            end = after->second;
            after = ready_.erase(after);
        }
        if (after != ready_.begin() && std::prev(after)->second == begin) {
            std::prev(after)->second = end;
        } else {
            ready_.emplace_hint(after, begin, end);
        }
    }
}

std::vector<RanBy> LoopProgress::take_finished() {
    const std::lock_guard lock(mutex_);
    collect();
    return std::exchange(finished_, {});
}

void LoopProgress::arrive(Arrival arrival) {
    {
        const std::lock_guard lock(mutex_);
        arrivals_.push_back(std::move(arrival));
        wake();
    }
    if (news_ != nullptr) news_->ring();
}

std::vector<LoopProgress::Arrival> LoopProgress::take_arrivals() {
    const std::lock_guard lock(mutex_);
    return std::exchange(arrivals_, {});
}

std::size_t LoopProgress::known_ready_end(std::size_t i) const {
    const auto after = ready_.upper_bound(i);
    return after == ready_.begin() ? i : std::max(i, std::prev(after)->second);
}

std::size_t LoopProgress::ready_end(std::size_t i) {
    const std::lock_guard lock(mutex_);
    collect();
    while (!ready_.empty() && ready_.begin()->second <= i) ready_.erase(ready_.begin());
    return known_ready_end(i);
}

bool LoopProgress::has_news_of(std::size_t i) const {
    return !arrivals_.empty() || (i == everything ? left() == 0 : known_ready_end(i) > i);
}

void LoopProgress::wake() {
    if (waiting_ == nullptr || !has_news_of(awaited_.load(std::memory_order_relaxed))) return;
    awaited_.store(nothing, std::memory_order_relaxed);
    std::exchange(waiting_, nullptr)->notify();
}

// False if there is no need to wait.
bool LoopProgress::await(std::size_t i, Parking& parking) {
    const std::lock_guard lock(mutex_);
    collect();
    if (has_news_of(i)) return false;
    waiting_ = &parking;
    awaited_.store(i, std::memory_order_relaxed);
    return true;
}

void LoopProgress::await_no_more() {
    const std::lock_guard lock(mutex_);
    waiting_ = nullptr;
    awaited_.store(nothing, std::memory_order_relaxed);
}

void LoopProgress::wait_for_news(std::size_t i) {
    Parking parking;
    bool must_wait = await(i, parking);
    if (must_wait && some_stretch_runs()) {
        // One that has just reached the element may not have seen that it is awaited: then it is seen now.
        worker::heavy_fence();
        must_wait = await(i, parking);
    }
    if (must_wait) wait_unless_cancelled(parking);
    await_no_more();
}

bool LoopProgress::some_stretch_runs() {
    const std::lock_guard lock(mutex_);
    return !running_.empty();
}

void LoopProgress::wait_unless_cancelled(Parking& parking) {
    ParkingWaiter waiter(parking);
    if (!add_waiter(scope_.block(), waiter)) return;
    parking.wait();
    remove_waiter(scope_.block(), waiter);
}

void LoopProgress::keep_error(std::size_t i, std::exception_ptr error) {
    const std::lock_guard lock(mutex_);
    errors_.insert_or_assign(i, std::move(error));
    has_errors_.store(true, std::memory_order_release);
}

std::exception_ptr LoopProgress::error(std::size_t i) {
    const std::lock_guard lock(mutex_);
    const auto found = errors_.find(i);
    return found == errors_.end() ? nullptr : found->second;
}

std::vector<std::pair<std::size_t, std::exception_ptr>> LoopProgress::errors(std::size_t begin, std::size_t end) {
    const std::lock_guard lock(mutex_);
    return {errors_.lower_bound(begin), errors_.lower_bound(end)};
}

}  // namespace scoop::detail
