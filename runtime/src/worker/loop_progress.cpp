// The waiting and closing of loops; see scoop/detail/loop_progress.hpp.
#include "scoop/detail/loop_progress.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "scoop/error.hpp"
#include "scoop/timeout.hpp"
#include "worker/compute.hpp"
#include "worker/heavy_fence.hpp"
#include "worker/held_locks.hpp"

namespace scoop::detail {

namespace {

// So many elements are worth being woken for, and otherwise not more often than this.
constexpr std::size_t elements_enough = 128;
constexpr std::chrono::milliseconds nap_time{1};

}  // namespace

std::optional<TimePoint> ReaderPace::nap(std::size_t count) {
    const std::size_t news = count - std::exchange(count_, count);
    // A task that waits costs little: no other thread has to run for it.
    if (news == 0 || news >= elements_enough || on_compute_thread()) return std::nullopt;
    const TimePoint end = woken_ + nap_time;
    return std::chrono::steady_clock::now() < end ? std::optional(end) : std::nullopt;
}

void ReaderPace::note_woken() { woken_ = std::chrono::steady_clock::now(); }

struct News::AnyElement final : worker::OpenWait {
    AnyElement(News& of, std::uint64_t seen) : news(of), number(seen) {}
    std::vector<worker::AwaitedTask> awaited() override {
        const std::lock_guard lock(news.mutex_);
        std::vector<worker::AwaitedTask> stretches;
        for (const LoopProgress* loop : news.loops_) loop->list_open(stretches);
        // What is over by now has rung before.
        if (news.number_ > number) stretches.clear();
        return stretches;
    }
    void give_up() override {
        const std::lock_guard lock(news.mutex_);
        if (news.waiting_ != nullptr) std::exchange(news.waiting_, nullptr)->notify();
    }
    News& news;
    const std::uint64_t number;
};

bool News::wait_beyond(std::uint64_t number, TimePoint deadline) {
    worker::require_nothing_held();
    Parking parking;
    {
        const std::lock_guard lock(mutex_);
        if (number_ > number) return true;
        waiting_ = &parking;
    }
    bool has_rung = true;
    std::string circle;
    if (auto* const compute = worker::Compute::current(); compute != nullptr && is_forever(deadline)) {
        AnyElement wait(*this, number);
        circle = compute->wait_openly(wait, parking);
    } else {
        has_rung = parking.wait_until(deadline);
    }
    const std::lock_guard lock(mutex_);
    waiting_ = nullptr;
    is_awaited_.store(false, std::memory_order_relaxed);
    if (!circle.empty() && number_ == number) throw Error(circle);
    return has_rung;
}

void News::add(const LoopProgress& loop) {
    const std::lock_guard lock(mutex_);
    loops_.push_back(&loop);
}

void News::remove(const LoopProgress& loop) {
    const std::lock_guard lock(mutex_);
    std::erase(loops_, &loop);
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

LoopProgress::~LoopProgress() {
    if (news_ != nullptr) news_->remove(*this);
}

void LoopProgress::add(OpenStretch& stretch) {
    const std::lock_guard lock(mutex_);
    stretch.next = open_;
    if (open_ != nullptr) open_->previous = &stretch;
    open_ = &stretch;
}

void LoopProgress::remove(OpenStretch& stretch) {
    const std::lock_guard lock(mutex_);
    (stretch.previous != nullptr ? stretch.previous->next : open_) = stretch.next;
    if (stretch.next != nullptr) stretch.next->previous = stretch.previous;
}

void LoopProgress::list_open(std::vector<worker::AwaitedTask>& tasks) const {
    const std::lock_guard lock(mutex_);
    for (const OpenStretch* stretch = open_; stretch != nullptr; stretch = stretch->next)
        tasks.push_back({stretch->task, std::string(name_)});
}

void LoopProgress::tell(std::shared_ptr<News> news) {
    news_ = std::move(news);
    news_->add(*this);
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

/// For the elements that read the input to leave it; in a destructor, so it cannot be given up.
struct LoopProgress::ClosingWait final : worker::OpenWait {
    explicit ClosingWait(LoopProgress& of) : loop(of) {}
    std::vector<worker::AwaitedTask> awaited() override {
        std::vector<worker::AwaitedTask> stretches;
        loop.list_open(stretches);
        const std::lock_guard lock(loop.mutex_);
        if (loop.readers_ == 0) stretches.clear();
        return stretches;
    }
    [[nodiscard]] bool can_give_up() const override { return false; }
    void give_up() override {}
    LoopProgress& loop;
};

void LoopProgress::cancel_and_wait() {
    scope_.cancel();
    Parking parking;
    {
        const std::lock_guard lock(mutex_);
        if (readers_ == 0) return;
        closing_ = &parking;
    }
    if (auto* const compute = worker::Compute::current()) {
        ClosingWait wait(*this);
        (void)compute->wait_openly(wait, parking);
    } else {
        parking.wait();
    }
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
    if (waiting_ == nullptr || !has_news_of(wanted_)) return;
    awaited_.store(nothing, std::memory_order_relaxed);
    std::exchange(waiting_, nullptr)->notify();
}

// False if there is no need to wait.
bool LoopProgress::await(std::size_t i, ToldOf told_of, Parking& parking) {
    const std::lock_guard lock(mutex_);
    collect();
    if (has_news_of(i)) return false;
    waiting_ = &parking;
    wanted_ = i;
    if (told_of == ToldOf::elements) awaited_.store(i, std::memory_order_relaxed);
    return true;
}

void LoopProgress::await_no_more() {
    const std::lock_guard lock(mutex_);
    waiting_ = nullptr;
    awaited_.store(nothing, std::memory_order_relaxed);
}

void LoopProgress::wait_for_news(std::size_t i) {
    const auto nap = i == everything ? std::nullopt : pace_.nap(i);
    const auto told_of = nap ? ToldOf::stretches : ToldOf::elements;
    Parking parking;
    bool must_wait = await(i, told_of, parking);
    if (must_wait && told_of == ToldOf::elements && some_stretch_runs()) {
        // One that has just reached the element may not have seen that it is awaited: then it is seen now.
        worker::heavy_fence();
        must_wait = await(i, told_of, parking);
    }
    std::string circle;
    if (must_wait) circle = wait_unless_cancelled(i, parking, nap.value_or(TimePoint::max()));
    await_no_more();
    pace_.note_woken();
    if (!circle.empty() && !can_stop_waiting(i)) throw Error(circle);
}

bool LoopProgress::can_stop_waiting(std::size_t i) {
    const std::lock_guard lock(mutex_);
    return has_news_of(i) || is_cancelled();
}

bool LoopProgress::some_stretch_runs() {
    const std::lock_guard lock(mutex_);
    return !running_.empty();
}

struct LoopProgress::ElementWait final : worker::OpenWait {
    ElementWait(LoopProgress& of, std::size_t element, Parking& ended_by) : loop(of), i(element), parking(ended_by) {}
    std::vector<worker::AwaitedTask> awaited() override {
        std::vector<worker::AwaitedTask> stretches;
        loop.list_open(stretches);
        // What is over by now has told so before.
        if (loop.can_stop_waiting(i)) stretches.clear();
        return stretches;
    }
    void give_up() override { parking.notify(); }
    LoopProgress& loop;
    const std::size_t i;
    Parking& parking;
};

std::string LoopProgress::wait_unless_cancelled(std::size_t i, Parking& parking, TimePoint deadline) {
    std::string circle;
    ParkingWaiter waiter(parking);
    if (!add_waiter(scope_.block(), waiter)) return circle;
    if (deadline != TimePoint::max()) {
        (void)parking.wait_until(deadline);
    } else if (auto* const compute = worker::Compute::current()) {
        ElementWait wait(*this, i, parking);
        circle = compute->wait_openly(wait, parking);
    } else {
        parking.wait();
    }
    remove_waiter(scope_.block(), waiter);
    return circle;
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
