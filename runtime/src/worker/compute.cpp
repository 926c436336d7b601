#include "worker/compute.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <utility>

#include "base/assert.hpp"
#include "base/brief_lock.hpp"
#include "scoop/error.hpp"
#include "worker/heavy_fence.hpp"
#include "worker/loop_registry.hpp"
#include "worker/stack_overflow.hpp"

namespace scoop::worker {

using detail::LoopRegistry;

namespace {

constexpr unsigned idle_yields_per_request = 16;
constexpr std::size_t adopted_max = 64;

}  // namespace

Compute::Compute(std::size_t stack_bytes, ComputeListener* listener, Works works)
    : stack_bytes_(stack_bytes), listener_(listener), works_(works) {}

Compute::~Compute() {
    // Strands that wait inside a task are given up with their stacks: running the destructors of half-done work at the
    // end of a job could wait, throw or submit.
    static auto* const given_up = new std::vector<std::unique_ptr<Strand>>;  // reachable, so that no leak is reported
    for (auto& strand : strands_) {
        if (std::find(free_.begin(), free_.end(), strand.get()) == free_.end()) given_up->push_back(std::move(strand));
    }
}

void Compute::run() {
    current_compute = this;
    const StackOverflowGuard overflow_guard(*this);
    switch_to(other_strand());
    current_compute = nullptr;
    stopped_.store(true, std::memory_order_release);
}

void Compute::schedule() {
    for (;;) {
        if (has_news_.load(std::memory_order_acquire)) take_inbox();
        if (!timers_.empty() && ++turns_ % 16 == 0) expire_timers();
        if (!ready_.empty()) {
            Strand& next = *ready_.front();
            ready_.pop_front();
            end_idle_time();
            free_.push_back(current_);
            switch_to(next);
        } else if (const detail::TaskRef task = take()) {
            end_idle_time();
            execute(task);
            resume_yielded();
        } else if (yielded_.empty()) {
            idle();
        } else {
            // Somebody polls for a task that may be with the broker, which gives it back only to who asks for work.
            if (listener_ != nullptr && ++idle_yields_ % idle_yields_per_request == 0) listener_->on_idle();
            resume_yielded();
        }
    }
}

void Compute::resume_yielded() {
    ready_.insert(ready_.end(), yielded_.begin(), yielded_.end());
    yielded_.clear();
}

detail::TaskRef Compute::take() {
    while (!local_.empty()) {
        const detail::TaskRef task = local_.front();
        local_.pop_front();
        if (detail::try_claim(task)) return task;
    }
    // At the end of the job what nobody has started is left for cancel_queued().
    if (!takes_everything() || is_stopping()) return {};
    if (prioritized_count_.load(std::memory_order_relaxed) == 0) return take_own_or_shared();
    if (const auto task = take_prioritized(true)) return task;
    if (const auto task = take_own_or_shared()) return task;
    return take_prioritized(false);
}

detail::TaskRef Compute::take_own_or_shared() {
    const auto task = take_own();
    return task ? task : take_shared();
}

detail::TaskRef Compute::take_own() {
    while (const detail::TaskRef task = own_.pop()) {
        if (detail::try_claim(task)) return task;
    }
    return {};
}

detail::TaskRef Compute::take_shared() {
    if (shared_unstarted() == 0) return {};
    const auto lock = base::lock_briefly(mutex_);
    while (!shared_.empty()) {
        const detail::TaskRef task = shared_.front();
        shared_.pop_front();
        if (detail::try_claim(task)) {
            adopt_shared();
            return task;
        }
    }
    shared_count_.store(0, std::memory_order_relaxed);
    return {};
}

// With the lock, which whoever submits from another thread wants, too: takes some more tasks along, the oldest on top.
void Compute::adopt_shared() {
    const auto count = static_cast<std::ptrdiff_t>(std::min(shared_.size() / 2, adopted_max));
    for (auto task = std::make_reverse_iterator(shared_.begin() + count); task != shared_.rend(); ++task)
        own_.push(*task);
    shared_.erase(shared_.begin(), shared_.begin() + count);
    shared_count_.store(shared_.size(), std::memory_order_relaxed);
}

detail::TaskRef Compute::take_prioritized(bool is_above_usual, std::uint64_t claim_flags) {
    const std::lock_guard lock(mutex_);
    while (!prioritized_.empty()) {
        const auto highest = prioritized_.begin();
        if (is_above_usual && highest->first < 0) return {};
        const detail::TaskRef task = highest->second.front();
        highest->second.pop_front();
        if (highest->second.empty()) prioritized_.erase(highest);
        prioritized_count_.fetch_sub(1, std::memory_order_relaxed);
        if (detail::try_claim(task, claim_flags)) return task;
    }
    return {};
}

// While the thread was idle it had first call on a task that came; from now on what is left may go to others.
void Compute::end_idle_time() {
    if (std::exchange(was_idle_, false)) tell_demand();
}

void Compute::park() {
    while (current_->loops != nullptr) current_->loops->on_park();  // each one leaves
    if (has_news_.load(std::memory_order_acquire)) take_inbox();
    if (!ready_.empty()) {
        Strand& next = *ready_.front();
        ready_.pop_front();
        if (&next != current_) switch_to(next);
        return;
    }
    switch_to(other_strand());
}

void Compute::park_until(Park& park, base::TimePoint deadline) {
    const auto timer = timers_.emplace(deadline, &park);
    this->park();
    if (park.state.load() == Park::notified) timers_.erase(timer);
}

void Compute::yield() {
    yielded_.push_back(current_);
    switch_to(other_strand());
}

void Compute::expire_timers() {
    const auto now = base::Clock::now();
    while (!timers_.empty() && timers_.begin()->first <= now) {
        Park& park = *timers_.begin()->second;
        std::uint32_t expected = Park::parked;
        if (!park.state.compare_exchange_strong(expected, Park::timed_out)) return;  // its strand is about to run
        timers_.erase(timers_.begin());
        ready_.push_back(park.strand);
    }
}

void Compute::take_inbox() {
    const std::lock_guard lock(mutex_);
    has_news_.store(false, std::memory_order_relaxed);
    ready_.insert(ready_.end(), woken_.begin(), woken_.end());
    woken_.clear();
    local_.insert(local_.end(), new_local_.begin(), new_local_.end());
    new_local_.clear();
}

Strand& Compute::other_strand() {
    if (!free_.empty()) {
        Strand& strand = *free_.back();
        free_.pop_back();
        return strand;
    }
    try {
        strands_.push_back(std::make_unique<Strand>(
            stack_bytes_, [](void* self) { static_cast<Compute*>(self)->schedule(); }, *this));
    } catch (const std::bad_alloc&) {
        // Whoever is about to wait cannot go back.
        std::fprintf(
            stderr,
            "scoop: there is no stack for one more task, while %zu have one of %zu KiB: let fewer tasks wait at a "
            "time, give them smaller stacks with scoop-run --stack, or allow more address space (ulimit -v) and "
            "mappings (vm.max_map_count)\n",
            strands_.size(), stack_bytes_ >> 10);
        std::abort();
    }
    return *strands_.back();
}

void Compute::switch_to(Strand& next) {
    Strand* const previous = std::exchange(current_, &next);
    black_box_->set_running(reinterpret_cast<std::uintptr_t>(next.execution));
    if (next.remote != nullptr) note_remote(next.remote);
    Fiber::switch_to(previous != nullptr ? previous->fiber : thread_fiber_, next.fiber);
}

void Compute::idle() {
    expire_timers();
    if (!ready_.empty()) return;
    linger();
    std::unique_lock lock(mutex_);
    if (stop_) {
        lock.unlock();
        Strand* const last = std::exchange(current_, nullptr);
        free_.push_back(last);
        Fiber::switch_to(last->fiber, thread_fiber_);
    }
    if (has_work()) return;
    ++idle_period_;
    idle_.store(true, std::memory_order_seq_cst);
    if (listener_ != nullptr && takes_everything()) {
        lock.unlock();
        listener_->on_idle();
        lock.lock();
    }
    sleep(lock);
    sleeping_ = false;
    was_idle_ = true;
    idle_.store(false, std::memory_order_seq_cst);
}

void Compute::answer_demand() {
    if (demand_.exchange(false, std::memory_order_relaxed)) listener_->on_demand();
}

// Once for each sleep: until the thread has woken, others who have something find it awake. Gives back the lock first,
// which the thread wants at once.
void Compute::wake(std::unique_lock<std::mutex>& lock) {
    const bool sleeps = std::exchange(sleeping_, false);
    lock.unlock();
    if (sleeps) wake_.notify_one();
}

void Compute::share(detail::TaskRef task, Where where) {
    auto lock = base::lock_briefly(mutex_);
    if (where == Where::back) {
        shared_.push_back(task);
    } else {
        shared_.push_front(task);
    }
    shared_count_.store(shared_.size(), std::memory_order_relaxed);
    wake(lock);
    tell_demand();
}

void Compute::share(const std::vector<detail::TaskRef>& tasks) {
    std::unique_lock lock(mutex_);
    shared_.insert(shared_.end(), tasks.begin(), tasks.end());
    shared_count_.store(shared_.size(), std::memory_order_relaxed);
    wake(lock);
}

void Compute::share_local(detail::TaskRef task) {
    std::unique_lock lock(mutex_);
    new_local_.push_back(task);
    has_news_.store(true, std::memory_order_release);
    wake(lock);
}

void Compute::share_prioritized(detail::TaskRef task, int priority) {
    std::unique_lock lock(mutex_);
    prioritized_[priority].push_back(task);
    prioritized_count_.fetch_add(1, std::memory_order_relaxed);
    wake(lock);
    tell_demand();
}

void Compute::make_ready(Strand& strand) {
    if (current_compute == this) {
        ready_.push_back(&strand);
        return;
    }
    std::unique_lock lock(mutex_);
    woken_.push_back(&strand);
    has_news_.store(true, std::memory_order_release);
    wake(lock);
}

void Compute::stop() {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    wake_.notify_one();
}

void Compute::arm_demand() {
    demand_.store(true, std::memory_order_relaxed);
    heavy_fence();
}

std::size_t Compute::unstarted() const {
    const std::lock_guard lock(mutex_);
    return shared_.size() + prioritized_count_.load(std::memory_order_relaxed) + own_.size() +
           LoopRegistry::splittable();
}

std::vector<detail::Block*> Compute::claim_for_export(std::size_t count) {
    std::vector<detail::Block*> claimed;
    const auto claim = [&](detail::TaskRef task) {
        if (task && detail::try_claim(task, detail::leaving_flag)) claimed.push_back(task.block);
    };
    const auto claim_prioritized = [&](bool is_above_usual) {
        while (claimed.size() < count && prioritized_count_.load(std::memory_order_relaxed) > 0) {
            const detail::TaskRef task = take_prioritized(is_above_usual, detail::leaving_flag);
            if (!task) return;
            claimed.push_back(task.block);
        }
    };
    claim_prioritized(true);
    {
        const std::lock_guard lock(mutex_);
        // An idle compute thread is about to take one: a task that has just come does not travel on at once.
        const std::size_t keep = is_idle() ? 1 : 0;
        while (claimed.size() < count && shared_.size() > keep) {
            claim(shared_.front());
            shared_.pop_front();
        }
        shared_count_.store(shared_.size(), std::memory_order_relaxed);
    }
    while (claimed.size() < count && own_.take_oldest(count - claimed.size(), claim)) {
    }
    if (claimed.empty()) {
        if (auto* part = LoopRegistry::split_one()) claimed.push_back(part);
    }
    if (claimed.empty()) claim_prioritized(false);
    return claimed;
}

void Compute::cancel_queued() {
    SCOOP_ASSERT(has_stopped());
    take_inbox();
    const auto cancel = [](detail::TaskRef task) {
        try {
            throw CancelledError("scoop: the job ended before this task was started");
        } catch (const CancelledError&) {
            task.block->type->fail(*task.block);
        }
    };
    for (const detail::TaskRef task : std::exchange(local_, {}))
        if (detail::try_claim(task)) cancel(task);
    while (const auto task = take_prioritized(true)) cancel(task);
    while (const auto task = take_own_or_shared()) cancel(task);
    while (const auto task = take_prioritized(false)) cancel(task);
}

}  // namespace scoop::worker
