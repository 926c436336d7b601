// The part of Compute that looks after waits and the sleep of a thread with nothing to run: waits that can never end
// are found and given up.
#include <algorithm>
#include <chrono>
#include <utility>

#include "base/futex.hpp"
#include "base/spinning.hpp"
#include "scoop/error.hpp"
#include "worker/circle.hpp"
#include "worker/compute.hpp"

namespace scoop::worker {

namespace {

// Nothing has happened for so long: tasks that wait may wait for each other.
constexpr std::chrono::seconds circle_check_delay{1};

// A wake-up costs about so much.
constexpr std::chrono::microseconds short_sleep{50};
constexpr std::chrono::microseconds linger_time{30};
constexpr std::chrono::microseconds gather_time{5};
constexpr unsigned short_sleeps_min = 4;

}  // namespace

Park::Park() : compute(Compute::current()), strand(compute != nullptr ? &compute->strand() : nullptr) {}

void Park::wait() { (void)wait_until(base::TimePoint::max()); }

bool Park::wait_until(base::TimePoint deadline) {
    if (compute == nullptr && base::is_spinning())
        base::spin_until(deadline, [this] { return state.load() == notified; });
    if (state.load() == notified) return true;
    std::uint32_t expected = waiting_to_park;
    if (!state.compare_exchange_strong(expected, parked)) return expected == notified;
    if (compute == nullptr) {
        block_until(deadline);
    } else if (deadline == base::TimePoint::max()) {
        compute->park();
    } else {
        compute->park_until(*this, deadline);
    }
    return state.load() == notified;
}

void Park::block_until(base::TimePoint deadline) {
    std::uint32_t expected = parked;
    while (state.load() == parked) {
        if (base::wait_while(state, parked, deadline)) continue;
        state.compare_exchange_strong(expected, timed_out);
        return;
    }
}

void Park::notify() noexcept {
    Compute* const owner = compute;
    std::uint32_t before = state.load();
    do {
        if (before == notified || before == timed_out) return;
    } while (!state.compare_exchange_weak(before, notified));
    if (before != parked) return;
    if (owner == nullptr) {
        base::wake_one(&state);  // its thread may be awake already, and this object gone
    } else {
        owner->make_ready(*strand);
    }
}

void Compute::wait_for(detail::Block& block) {
    struct OneTask final : detail::Waiter, OpenWait {
        explicit OneTask(detail::Block& task) : block(task) {
            notify = [](detail::Waiter& self) noexcept { static_cast<OneTask&>(self).park.notify(); };
        }
        std::vector<AwaitedTask> awaited() override {
            return {{detail::reference(block), std::string(block.type->name(block))}};
        }
        void give_up() override { park.notify(); }
        detail::Block& block;
        Park park;
    } wait(block);
    if (!detail::add_waiter(block, wait)) return;
    const std::string circle = wait_openly(wait, wait.park);
    if (detail::is_done(block)) return;
    detail::remove_waiter(block, wait);
    throw Error(circle);
}

WaitGraph Compute::seen_waits() const {
    if (elsewhere_ == nullptr) return worker::seen_waits(strands_, 0, idle_period_, {});
    return worker::seen_waits(strands_, elsewhere_->own_rank(), idle_period_, elsewhere_->sent());
}

// Called when nothing has happened for a while: if tasks of this process wait for each other in a circle, one of them
// is woken to say so. If it takes other processes to know, they are asked.
void Compute::look_for_circle() {
    WaitGraph graph = seen_waits();
    if (const auto circle = find_circle(graph)) {
        give_up(circle->strands.front().number, circle->chain);
    } else if (!graph.strands.empty() && !graph.sent.empty()) {
        elsewhere_->on_stuck(std::move(graph));
    }
}

void Compute::give_up(std::uint64_t strand_number, const std::string& chain) {
    Strand& strand = *strands_.at(strand_number);
    if (strand.wait == nullptr || !strand.wait->can_give_up()) return;
    strand.circle = "scoop: this wait can never end, since tasks wait for each other: " + chain;
    strand.wait->give_up();
    has_given_up_ = true;
}

void Compute::do_while_idle(std::function<void()> errand) {
    const std::lock_guard lock(mutex_);
    if (!idle_.load(std::memory_order_relaxed)) return;
    errands_.push_back(std::move(errand));
    wake_.notify_one();
}

// A program that submits tasks shorter than a wake-up would wake this thread for each of them: after a few short sleeps
// in a row it looks for a moment before it sleeps once more. What comes then is left to gather, else both would want
// the lock for each task.
void Compute::linger() {
    if (short_sleeps_ < short_sleeps_min) return;
    const auto has_tasks = [this] {
        return shared_unstarted() > 0 || prioritized_count_.load(std::memory_order_relaxed) > 0;
    };
    const auto has_news = [this] { return has_news_.load(std::memory_order_acquire); };
    base::spin_until(base::Clock::now() + linger_time, [&] { return has_news() || has_tasks(); });
    if (has_tasks()) base::spin_until(base::Clock::now() + gather_time, has_news);
}

// With the lock. Whoever brings work sees that the thread sleeps.
bool Compute::has_work() {
    const bool has_tasks = takes_everything() && (!shared_.empty() || !prioritized_.empty());
    sleeping_ = !stop_ && !has_tasks && woken_.empty() && new_local_.empty() && ready_.empty();
    return !sleeping_;
}

// With the lock, until there is work or a timer is due.
void Compute::sleep(std::unique_lock<std::mutex>& lock) {
    const auto since = base::Clock::now();
    wait_for_work(lock);
    short_sleeps_ = base::Clock::now() - since < short_sleep ? short_sleeps_ + 1 : 0;
}

void Compute::wait_for_work(std::unique_lock<std::mutex>& lock) {
    const auto without_lock = [&](const auto& call) {
        lock.unlock();
        call();
        lock.lock();
    };
    const auto timer = timers_.empty() ? base::TimePoint::max() : timers_.begin()->first;
    // Somebody waits here while there is nothing to do: it may be for a task of another worker, or for ever.
    const bool has_waits = free_.size() + 1 < strands_.size();
    auto circle_check = base::TimePoint::max();
    // Where there was a circle others wait in the same way, and one that has been told may have to wait for them.
    if (has_waits) circle_check = base::Clock::now() + (has_given_up_ ? base::Clock::duration(0) : circle_check_delay);
    has_given_up_ = false;
    while (!has_work()) {
        if (!errands_.empty()) {
            without_lock([errands = std::exchange(errands_, {})] {
                for (const auto& errand : errands) errand();
            });
            continue;
        }
        const auto until = std::min(timer, circle_check);
        if (base::is_spinning() && base::Clock::now() < until) {
            without_lock([] { ::sched_yield(); });
        } else if (until == base::TimePoint::max()) {
            wake_.wait(lock);
        } else if (base::Clock::now() < until) {
            wake_.wait_until(lock, until);
        } else if (until == timer) {
            return;
        } else {
            circle_check = base::TimePoint::max();
            without_lock([this] { look_for_circle(); });
        }
    }
}

}  // namespace scoop::worker
