// The waiting and closing of loops; see scoop/detail/loop_progress.hpp.
#include "scoop/detail/loop_progress.hpp"

#include <utility>

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
    return has_rung;
}

std::uint64_t News::number() {
    const std::lock_guard lock(mutex_);
    return number_;
}

void News::ring() {
    const std::lock_guard lock(mutex_);
    ++number_;
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

// A waiter first says that it waits, then looks at `left_` and at its element; whoever publishes first marks the
// elements, then changes `left_`, then looks for a waiter. All three accesses are sequentially consistent, so either
// the waiter sees the elements or the publisher sees the waiter.
void LoopProgress::publish(std::size_t begin, std::size_t end, std::uint32_t rank) {
    if (begin == end) return;
    if (records_executors_) {
        const std::lock_guard lock(mutex_);
        if (!finished_.empty() && finished_.back().end == begin && finished_.back().rank == rank) {
            finished_.back().end = end;
        } else {
            finished_.push_back({begin, end, rank});
        }
    }
    left_.fetch_sub(end - begin, std::memory_order_seq_cst);
    if (somebody_waits_.load(std::memory_order_seq_cst)) wake(begin, end);
    if (news_ != nullptr) news_->ring();
}

std::vector<RanBy> LoopProgress::take_finished() {
    const std::lock_guard lock(mutex_);
    return std::exchange(finished_, {});
}

void LoopProgress::arrive(Arrival arrival) {
    const auto elements = arrival.elements;
    {
        const std::lock_guard lock(mutex_);
        arrivals_.push_back(std::move(arrival));
    }
    for (const auto& [begin, end] : elements) wake(begin, end);
    if (news_ != nullptr) news_->ring();
}

std::vector<LoopProgress::Arrival> LoopProgress::take_arrivals() {
    const std::lock_guard lock(mutex_);
    return std::exchange(arrivals_, {});
}

bool LoopProgress::has_arrivals() {
    (void)left();
    const std::lock_guard lock(mutex_);
    return !arrivals_.empty();
}

void LoopProgress::wait_unless_cancelled(Parking& parking) {
    ParkingWaiter waiter(parking);
    if (!add_waiter(scope_.block(), waiter)) return;
    parking.wait();
    remove_waiter(scope_.block(), waiter);
}

void LoopProgress::set_waiting(std::size_t i, Parking* parking) {
    const std::lock_guard lock(mutex_);
    waiting_ = parking;
    waited_for_ = i;
    somebody_waits_.store(parking != nullptr, std::memory_order_seq_cst);
}

void LoopProgress::wake(std::size_t begin, std::size_t end) {
    const std::lock_guard lock(mutex_);
    if (waiting_ == nullptr) return;
    const bool is_near = waited_for_ >= begin && waited_for_ < end;
    const bool is_over = waited_for_ == everything && (left() == 0 || !arrivals_.empty());
    if (is_near || is_over) std::exchange(waiting_, nullptr)->notify();
}

void LoopProgress::keep_error(std::size_t i, std::exception_ptr error) {
    const std::lock_guard lock(mutex_);
    errors_.insert_or_assign(i, std::move(error));
}

std::exception_ptr LoopProgress::error(std::size_t i) {
    const std::lock_guard lock(mutex_);
    const auto found = errors_.find(i);
    return found == errors_.end() ? nullptr : found->second;
}

}  // namespace scoop::detail
