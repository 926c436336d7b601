// Compute: the thread that runs tasks, as a scheduler of fibers.
//
// The scheduling loop itself runs on every fiber. A task that has to wait sets its fiber aside; the thread goes on in
// another one, which simply continues its own scheduling loop, so a wait costs one switch and no creation. What is
// run next: a fiber whose wait has ended, then what must run in this process, then tasks of a priority above the usual,
// then the newest own task, then the oldest shared one (from other threads of the process and from other workers), then
// tasks of a priority below. With nothing to do the thread sleeps.
//
// On a root that does not work (`--root-works no`) the thread runs only what must run in this process.
//
// Members marked "owner" are for the compute thread alone; the rest is for any thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "protocol/black_box.hpp"
#include "scoop/detail/block.hpp"
#include "scoop/detail/runtime.hpp"
#include "worker/fiber.hpp"
#include "worker/task_deque.hpp"

namespace scoop::detail {
class LoopProgress;
}

namespace scoop::worker {

class Compute;
struct Park;
struct SentBlock;
struct WaitGraph;

/// A task that a strand is in the middle of; lives on that strand's stack.
struct Execution {
    detail::TaskRef task;
    const Execution* outer = nullptr;  ///< the task that waits for this one, which was run in its place
};

/// A task of another worker in execution; lives on the stack of a strand.
struct RemoteExecution {
    base::TaskId id;
    const Execution* execution = nullptr;
    const RemoteExecution* outer = nullptr;
};

/// A call from a worker to this one and no other (worker/local_calls) in execution; lives on the stack of a strand.
struct CalledExecution {
    base::TaskId key;  ///< by which both processes know it
    std::string_view name;
    const Execution* execution = nullptr;
    const CalledExecution* outer = nullptr;
};

/// A stretch that a strand runs for another worker: before it ends it answers in parts, and in them with what others
/// run of its loop. Lives on the stack of the strand.
struct AnsweringLoop {
    const Execution* execution = nullptr;  ///< of the task that is the stretch
    detail::LoopProgress* loop = nullptr;
    const AnsweringLoop* outer = nullptr;
};

/// A task whose end is waited for.
struct AwaitedTask {
    detail::TaskRef task;
    std::string name;
};

/// A wait without a limit, seen from outside: to find tasks that wait for each other. Compute thread, while it is
/// parked.
struct OpenWait {
    virtual ~OpenWait() = default;
    /// The tasks of which each would end the wait, or bring it closer to its end; none if it has ended.
    [[nodiscard]] virtual std::vector<AwaitedTask> awaited() = 0;
    /// Whether who waits can throw instead.
    [[nodiscard]] virtual bool can_give_up() const { return true; }
    /// Wakes who waits, to find why in its strand.
    virtual void give_up() = 0;
};

/// A fiber with what the scheduler remembers about it.
struct Strand {
    Strand(std::size_t stack_bytes, void (*entry)(void*), Compute& owner) : fiber(stack_bytes, entry, &owner) {}
    Fiber fiber;
    detail::RunningLoop* loops = nullptr;     ///< innermost first
    const Execution* execution = nullptr;     ///< the innermost
    const RemoteExecution* remote = nullptr;  ///< the innermost
    const CalledExecution* called = nullptr;  ///< the innermost
    const AnsweringLoop* answers = nullptr;   ///< the innermost
    OpenWait* wait = nullptr;                 ///< what it waits for without a limit
    std::string circle;                       ///< why it was told to give that up: a sentence
    [[nodiscard]] detail::Block* running() const { return execution == nullptr ? nullptr : execution->task.block; }
};

/// One wait of a fiber or of a thread without one: whoever notifies and whoever gives up agree through `state`.
struct Park {
    enum State : std::uint32_t { waiting_to_park, notified, parked, timed_out };
    std::atomic<std::uint32_t> state{waiting_to_park};
    Compute* compute = nullptr;  ///< null: a thread that blocks
    Strand* strand = nullptr;

    Park();
    void wait();
    /// Whether notified rather than out of time.
    bool wait_until(base::TimePoint deadline);
    void notify() noexcept;

private:
    void block_until(base::TimePoint deadline);
};

/// What the compute thread tells the communication of its process; all calls are short and never block.
struct ComputeListener {
    virtual ~ComputeListener() = default;
    virtual void on_idle() = 0;    ///< nothing left to run
    virtual void on_demand() = 0;  ///< a task was added while somebody else is waiting for work
};

/// Who knows the tasks of this process that others execute. Called on the compute thread.
struct WaitsElsewhere {
    virtual ~WaitsElsewhere() = default;
    [[nodiscard]] virtual base::Rank own_rank() const = 0;
    [[nodiscard]] virtual std::vector<SentBlock> sent() const = 0;
    /// This process has had nothing to run for a while, and these are the waits in it: no circle on their own.
    virtual void on_stuck(WaitGraph&& graph) = 0;
};

class Compute {
public:
    enum class Works { on_everything, on_local_tasks_only };
    Compute(std::size_t stack_bytes, ComputeListener* listener, Works works = Works::on_everything);
    ~Compute();

    /// Owner-to-be: runs tasks on the calling thread until stop().
    void run();
    /// The compute thread of which the caller is the owner, or null.
    [[nodiscard]] static Compute* current() noexcept;

    /// Before the job starts: where to note what is executed.
    void set_black_box(protocol::BlackBox& box) { black_box_ = &box; }

    // Owner.
    /// The task that is executed is one of another worker.
    void begin_remote(RemoteExecution& remote) {
        remote.execution = current_->execution;
        remote.outer = std::exchange(current_->remote, &remote);
        note_remote(&remote);
    }
    void end_remote(const RemoteExecution& remote) {
        current_->remote = remote.outer;
        note_remote(remote.outer);
    }
    void push(detail::TaskRef task) {
        own_.push(task);
        tell_demand();
    }
    /// Runs the task here, on the stack of the caller, if nobody has started it; false if it has to be waited for.
    [[nodiscard]] bool try_run_in_place(detail::Block& block) {
        if (!takes_everything() || current_->fiber.is_nearly_full()) return false;
        own_.forget_newest(block);
        const detail::TaskRef task = detail::reference(block);
        if (!detail::try_claim(task)) return false;
        execute(task);
        return true;
    }
    /// Sets the caller aside until the task is done. Throws Error if it never will be, since it waits for the caller.
    void wait_for(detail::Block& block);
    /// Sets the caller aside until `park` is notified, and shows meanwhile what it waits for. Why it never would be, if
    /// that was found; usually empty.
    template <class ParkType>
    [[nodiscard]] std::string wait_openly(OpenWait& wait, ParkType& park) {
        Strand& strand = *current_;
        strand.wait = &wait;
        park.wait();
        strand.wait = nullptr;
        return std::exchange(strand.circle, {});
    }
    void park();
    void yield();
    void park_until(Park& park, base::TimePoint deadline);
    /// Something may be had by others that was not there before.
    void tell_demand() {
        light_fence();
        if (demand_.load(std::memory_order_relaxed)) [[unlikely]]
            answer_demand();
    }
    [[nodiscard]] Strand& strand() const { return *current_; }

    // Owner, while it has nothing to run: by do_while_idle.
    [[nodiscard]] WaitGraph seen_waits() const;
    /// How often it has had nothing to run: as long as it is the same, nothing has been run.
    [[nodiscard]] std::uint64_t idle_period() const { return idle_period_; }
    /// Ends a wait without a limit: it throws.
    void give_up(std::uint64_t strand_number, const std::string& chain);

    /// Before run(). Idle periods are counted anew in each incarnation of a rank, and never come again.
    void look_elsewhere(WaitsElsewhere& elsewhere, std::uint32_t incarnation) {
        elsewhere_ = &elsewhere;
        idle_period_ = std::uint64_t{incarnation} << 32;
    }

    // Any thread.
    /// Something short for the compute thread, while it has nothing to run. Forgotten if it has.
    void do_while_idle(std::function<void()> errand);
    enum class Where { back, front };
    void share(detail::TaskRef task, Where where = Where::back);
    void share(const std::vector<detail::TaskRef>& tasks);
    /// A task that no other process may have: pending, to be run here in the order of these calls.
    void share_local(detail::TaskRef task);
    /// A task of a priority other than the usual 0; higher ones are run earlier.
    void share_prioritized(detail::TaskRef task, int priority);
    void make_ready(Strand& strand);
    void stop();
    /// Whether the thread waits for tasks: the next one is for itself.
    [[nodiscard]] bool is_idle() const { return takes_everything() && idle_.load(std::memory_order_seq_cst); }
    [[nodiscard]] bool has_stopped() const { return stopped_.load(std::memory_order_acquire); }
    [[nodiscard]] bool is_stopping() const { return stop_.load(std::memory_order_relaxed); }
    /// The next task that others may have calls on_demand (once). Whoever arms looks at the queues afterwards.
    void arm_demand();
    void disarm_demand() { demand_.store(false, std::memory_order_relaxed); }
    /// Tasks nobody has started, as far as can be told.
    [[nodiscard]] std::size_t unstarted() const;
    /// Owner: the same for its own queue, without a lock.
    [[nodiscard]] std::size_t own_unstarted() const { return own_.size(); }
    /// The same for what other threads have submitted, without a lock.
    [[nodiscard]] std::size_t shared_unstarted() const { return shared_count_.load(std::memory_order_relaxed); }
    /// Claims up to `count` unstarted tasks for other workers, oldest first; one is left for an idle compute thread.
    [[nodiscard]] std::vector<detail::Block*> claim_for_export(std::size_t count);
    /// Ends everything that is still queued with CancelledError. After run() has returned.
    void cancel_queued();

private:
    void schedule();
    void resume_yielded();
    detail::TaskRef take();
    detail::TaskRef take_own_or_shared();
    detail::TaskRef take_own();
    detail::TaskRef take_shared();
    void adopt_shared();
    detail::TaskRef take_prioritized(bool is_above_usual, std::uint64_t claim_flags = 0);
    [[nodiscard]] bool takes_everything() const { return works_ == Works::on_everything; }
    void execute(detail::TaskRef task) {
        Strand& strand = *current_;
        const Execution execution{task, strand.execution};
        set_execution(strand, &execution);
        task.block->type->run(*task.block);
        set_execution(strand, execution.outer);
    }
    void set_execution(Strand& strand, const Execution* execution) {
        strand.execution = execution;
        black_box_->set_running(reinterpret_cast<std::uintptr_t>(execution));
    }
    void note_remote(const RemoteExecution* remote) {
        if (remote == nullptr)
            black_box_->clear_remote();
        else
            black_box_->set_remote(remote->id, reinterpret_cast<std::uintptr_t>(remote->execution));
    }
    void idle();
    void wake(std::unique_lock<std::mutex>& lock);
    void end_idle_time();
    void answer_demand();
    void expire_timers();
    void take_inbox();
    void look_for_circle();
    [[nodiscard]] bool has_work();
    void linger();
    void sleep(std::unique_lock<std::mutex>& lock);
    void wait_for_work(std::unique_lock<std::mutex>& lock);
    [[nodiscard]] Strand& other_strand();
    void switch_to(Strand& next);

    const std::size_t stack_bytes_;
    ComputeListener* const listener_;
    const Works works_;
    protocol::BlackBox own_black_box_;  ///< that nobody reads
    protocol::BlackBox* black_box_ = &own_black_box_;

    // Owner.
    Fiber thread_fiber_;
    Strand* current_ = nullptr;
    std::vector<std::unique_ptr<Strand>> strands_;
    std::vector<Strand*> free_;
    std::deque<Strand*> ready_;
    std::deque<detail::TaskRef> local_;
    std::vector<Strand*> yielded_;  // ready again after one other task
    std::multimap<base::TimePoint, Park*> timers_;
    bool was_idle_ = false;
    unsigned short_sleeps_ = 0;  // in a row
    unsigned turns_ = 0;
    unsigned idle_yields_ = 0;
    std::uint64_t idle_period_ = 0;
    bool has_given_up_ = false;  // a wait, since it last looked for a circle
    WaitsElsewhere* elsewhere_ = nullptr;
    TaskDeque own_;

    std::atomic<bool> demand_{false};
    std::atomic<bool> idle_{false};
    std::atomic<bool> stopped_{false};
    std::atomic<bool> has_news_{false};  // something below changed

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<detail::TaskRef> shared_;
    std::atomic<std::size_t> shared_count_{0};  // its size, for who does not have the lock
    std::map<int, std::deque<detail::TaskRef>, std::greater<>> prioritized_;
    std::atomic<std::size_t> prioritized_count_{0};
    std::vector<detail::TaskRef> new_local_;
    std::vector<Strand*> woken_;
    std::vector<std::function<void()>> errands_;
    std::atomic<bool> stop_{false};  // changed under the lock
    bool sleeping_ = false;
};

inline constinit thread_local Compute* current_compute = nullptr;
inline Compute* Compute::current() noexcept { return current_compute; }

}  // namespace scoop::worker
