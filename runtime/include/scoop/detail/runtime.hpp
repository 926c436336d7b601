// What the templates of the public headers ask of the compiled runtime. Any thread unless said otherwise.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "scoop/detail/block.hpp"

namespace scoop::detail {

using TimePoint = std::chrono::steady_clock::time_point;

/// Something to be done by this process alone.
struct LocalWork {
    LocalWork() = default;
    LocalWork(const LocalWork&) = delete;
    LocalWork& operator=(const LocalWork&) = delete;
    virtual ~LocalWork() = default;
    virtual void run() noexcept = 0;
};

/// Created → pending, on the queue of the calling thread, as a child of the task that runs here. Throws scoop::Error
/// outside a job; the block is then done.
void enqueue(Block& block);
/// The same under a parent, the scope of a map or a group, and with the limits of its TaskOptions.
void enqueue(Block& block, Block* parent);
/// What a task waits for before it can be queued: created, a child of `parent` (null: of the task that runs here).
void adopt(Block& block, Block* parent);
/// After adopt: queues it on the calling thread, unless it was cancelled meanwhile. Never throws.
void enqueue_adopted(Block& block) noexcept;
/// Throws scoop::Error unless a job runs in this process.
void require_job();

/// Waits until the task is done: runs it here if nobody has started it and this is the compute thread, otherwise sets
/// the calling fiber aside, or blocks a thread that has none.
void finish(Block& block);
/// Waits no longer than until `deadline`, never runs the task in place. Whether it is done.
[[nodiscard]] bool wait_until(Block& block, TimePoint deadline);
/// Inside a task: lets other work run. Elsewhere: gives the processor away.
void yield();
/// Ends the task for its future, wherever it is, and its children. False if it was over.
bool cancel(Block& block);
/// Throws the CancelledError or TimeoutError by which the task was ended.
[[noreturn]] void throw_cancelled(const Block& block);
inline void throw_if_cancelled(const Block& block) {
    if (is_cancelled(block)) [[unlikely]]
        throw_cancelled(block);
}
/// Ends the task with a TimeoutError when its timeout is over, and this process when it goes on longer than it may
/// then. For a task that has just been claimed.
void arm_timeout(Block& block, const TaskLimits& limits);
/// The bits of these tags in this job; those that no host carries are left out.
[[nodiscard]] std::uint64_t tag_mask(const std::vector<std::string>& tags) noexcept;
/// Throws std::invalid_argument if hosts of this job carry tags but none carries all of these.
void require_tags(const std::vector<std::string>& tags);

/// Created → runs on the worker of that rank and nowhere else, as a child of the task that runs here. Throws what
/// serialization throws; the block is then done.
void enqueue_on(Block& block, std::uint32_t rank);

/// Calls `work` once on a fiber of this process's compute thread, after what was given before.
void run_local(std::unique_ptr<LocalWork> work) noexcept;
/// Logs the exception in flight, which nobody can be told of.
void log_exception_of_callback() noexcept;

/// A parent for tasks that are not submitted under a running one alone: a map, a group. Its end cancels what is left.
class Scope {
public:
    Scope();
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    [[nodiscard]] Block& block() { return block_; }
    [[nodiscard]] bool is_cancelled() const { return detail::is_cancelled(block_); }
    /// Cancels its tasks and theirs; new ones are cancelled as they come.
    void cancel();

private:
    Block& block_;
};

/// Something that happens once. Any thread.
class Event {
public:
    Event();
    ~Event();
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;
    void fire() noexcept;  ///< further calls have no effect
    [[nodiscard]] bool has_fired() const { return is_done(block_); }
    /// False if the time was up first.
    [[nodiscard]] bool wait_until(TimePoint deadline) { return detail::wait_until(block_, deadline); }

private:
    Block& block_;
    std::atomic<bool> has_fired_{false};
};

/// Waits once for something that is not one task; lives on the waiter's stack. `notify` may be called by any thread,
/// any number of times, and ends the wait, also one that has not begun.
class Parking {
public:
    Parking();
    ~Parking();
    Parking(const Parking&) = delete;
    Parking& operator=(const Parking&) = delete;
    void wait();
    /// False if the time was up first.
    [[nodiscard]] bool wait_until(TimePoint deadline);
    void notify() noexcept;

private:
    alignas(16) std::byte state_[32];
};

/// Takes parts of a task's answer to whoever waits for it, before the task ends.
struct PartSink {
    virtual ~PartSink() = default;
    /// The part is what `write` writes.
    virtual void send(const std::function<void(ByteSink&)>& write) = 0;
};

/// A function that tasks may be made of, registered before main.
struct FunctionEntry {
    /// Decodes the arguments, calls the function, encodes its result. Throws what any of these throw.
    using Execute = void (*)(std::string_view arguments, ByteSink& result, PartSink& parts);

    std::uint64_t hash = 0;
    std::string_view name;
    std::string_view signature;
    bool is_closure = false;
    Execute execute = nullptr;
};
/// Adds the entry to this process's table. Two different names or signatures with one hash end the program at start.
bool register_function(const FunctionEntry& entry);

/// The name of a rank's host as the user gave it.
[[nodiscard]] std::string host_of(std::uint32_t rank);
/// Of the whole job, ascending.
[[nodiscard]] std::vector<std::uint32_t> all_ranks();
/// Of this process, for messages.
[[nodiscard]] const std::string& this_host();
[[nodiscard]] std::uint32_t this_rank();

/// Throws what the answer stands for, unless it is a value.
void throw_unless_value(const RemoteAnswer& answer, std::string_view function);

/// A loop over elements that runs on the calling fiber of the compute thread and that others may take from: told when
/// its fiber is set aside, so that what it has not started does not wait with it.
class RunningLoop {
public:
    virtual void on_park() = 0;
    /// Called by the comm thread: whether try_split would find something.
    [[nodiscard]] virtual bool can_split() const = 0;
    /// Called by the comm thread: splits off part of what has not started, as a claimed (exported) block; null:
    /// nothing.
    virtual Block* try_split(std::size_t elements_max) = 0;

protected:
    RunningLoop() = default;
    virtual ~RunningLoop() = default;
    RunningLoop(const RunningLoop&) = delete;
    RunningLoop& operator=(const RunningLoop&) = delete;
    void enter();  ///< on the compute thread, when the derived object is complete
    void leave();  ///< when nothing is left to split, and before any of it is destroyed; a second time has no effect

private:
    friend class LoopRegistry;
    bool is_entered_ = false;
    RunningLoop* outer_ = nullptr;     // on the same fiber
    RunningLoop* previous_ = nullptr;  // in the worker
    RunningLoop* next_ = nullptr;
};

/// Whether the calling thread is the compute thread.
[[nodiscard]] bool on_compute_thread() noexcept;

}  // namespace scoop::detail
