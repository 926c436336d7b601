// The functions behind the templates: see scoop/detail/runtime.hpp.
#include "api/runtime.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <new>
#include <stdexcept>
#include <thread>
#include <utility>

#include "base/program_info.hpp"
#include "scoop/detail/exception_codec.hpp"
#include "scoop/detail/runtime.hpp"
#include "scoop/detail/task.hpp"
#include "scoop/error.hpp"
#include "scoop/timeout.hpp"
#include "scoop/topology.hpp"
#include "worker/alarms.hpp"
#include "worker/cancel.hpp"
#include "worker/heavy_fence.hpp"
#include "worker/held_locks.hpp"
#include "worker/overdue.hpp"

namespace scoop::api {

namespace {
std::atomic<Runtime*> runtime{nullptr};
}  // namespace

Runtime* current_runtime() noexcept { return runtime.load(std::memory_order_acquire); }
void set_current_runtime(Runtime* now) noexcept { runtime.store(now, std::memory_order_release); }

}  // namespace scoop::api

namespace scoop::detail {

using worker::Compute;
using worker::Park;

namespace {

struct TaskWaiter : Waiter {
    TaskWaiter() {
        notify = [](Waiter& self) noexcept { static_cast<TaskWaiter&>(self).park.notify(); };
    }
    Park park;
};

bool end_early(TaskRef task, std::uint64_t flags) {
    const auto cancelled = worker::cancel_tree(task, flags);
    const auto* const runtime = api::current_runtime();
    if (runtime != nullptr && runtime->comm != nullptr) runtime->comm->cancel_exported(cancelled.export_numbers);
    return !is_over(cancelled.before);
}

}  // namespace

void require_job() {
    if (Compute::current() == nullptr && api::current_runtime() == nullptr)
        throw Error("scoop: no job runs here: submit and map work inside the program given to scoop::run");
}

namespace {

// On the queue of the calling thread, or of the process, or on the way to a host that carries the tags it needs.
void queue(TaskRef task) {
    Compute* const compute = Compute::current();
    const TaskLimits limits = limits_of(*task.block);
    auto* const runtime = api::current_runtime();
    if (limits.needs != 0 && runtime != nullptr && runtime->comm != nullptr && !runtime->comm->carries(limits.needs)) {
        if (try_claim(task, leaving_flag)) runtime->comm->send_away(*task.block);
    } else if (limits.priority != 0) {
        (compute != nullptr ? *compute : *runtime->compute).share_prioritized(task, limits.priority);
    } else if (compute != nullptr) {
        compute->push(task);
    } else {
        runtime->compute->share(task);
    }
}

// Tasks that may wait to be started in one process before whoever submits more has to wait, too.
constexpr std::size_t unstarted_max = std::size_t{1} << 20;

// A producer that is faster than all workers would fill the memory with tasks. Not for the comm thread, which starts
// what is left of lost stretches and must never wait.
[[gnu::noinline]] void wait_for_room() {
    const auto* const runtime = api::current_runtime();
    if (runtime == nullptr || runtime->compute->shared_unstarted() <= unstarted_max) return;
    while (runtime->compute->shared_unstarted() > unstarted_max / 2)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

// Followed by a light fence and by a look whether the parent was cancelled; the other half is in cancel_tree.
void note_parent(Block& block, TaskRef parent) {
    block.parent_generation.store(parent.generation, std::memory_order_relaxed);
    block.parent.store(parent.block, std::memory_order_release);
    auto& has_children = parent.block->has_children;
    if (!has_children.load(std::memory_order_relaxed)) has_children.store(true, std::memory_order_relaxed);
}

// The caller knows that the parent is not over.
void become_child(Block& block, Block& parent) {
    note_parent(block, reference(parent));
    worker::light_fence();
    if (is_cancelled(parent)) cancel_one(reference(block), 0);
}

// Of a task that has been queued already, and may have been sent away since.
[[gnu::noinline]] void cancel_late(TaskRef task) {
    const auto [before, export_number] = cancel_one(task, 0);
    if (before == TaskState::exported) api::current_runtime()->comm->cancel_exported({export_number});
}

}  // namespace

void enqueue(Block& block) {
    Compute* const compute = Compute::current();
    if (compute == nullptr) {
        wait_for_room();
        enqueue(block, nullptr);
        return;
    }
    if (compute->own_unstarted() > unstarted_max) [[unlikely]]
        compute->yield();
    const worker::Execution* const parent = compute->strand().execution;
    const TaskRef task = reference(block);
    publish(block);  // before who cancels the parent can find it
    if (parent != nullptr) note_parent(block, parent->task);
    compute->push(task);  // passes a light fence
    if (parent != nullptr && is_cancelled(*parent->task.block)) cancel_late(task);
}

void enqueue(Block& block, Block* parent) {
    try {
        require_job();
    } catch (...) {
        complete(block);
        throw;
    }
    if (Compute* const compute = Compute::current(); compute != nullptr && parent == nullptr)
        parent = compute->strand().running();
    const TaskRef task = reference(block);
    publish(block);
    if (parent != nullptr) become_child(block, *parent);
    queue(task);
}

void adopt(Block& block, Block* parent) {
    if (Compute* const compute = Compute::current(); compute != nullptr && parent == nullptr)
        parent = compute->strand().running();
    if (parent != nullptr) become_child(block, *parent);
}

void enqueue_adopted(Block& block) noexcept {
    const TaskRef task = reference(block);
    if (Compute::current() == nullptr && api::current_runtime() == nullptr) return;  // the job has ended
    if (try_publish(block)) {
        queue(task);
    } else {
        complete(block);
    }
}

bool cancel(Block& block) { return end_early(reference(block), cancelled_flag); }

namespace {

[[noreturn]] void throw_timed_out(const std::string& name) {
    throw TimeoutError("scoop: the task " + name + " ran longer than its timeout");
}

}  // namespace

void throw_cancelled(const Block& block) {
    const std::string name(block.type->name(block));
    if ((block.word.load(std::memory_order_acquire) & timed_out_flag) != 0) throw_timed_out(name);
    throw CancelledError("scoop: the task " + name + " was cancelled");
}

void arm_timeout(Block& block, const TaskLimits& limits) {
    const auto end = base::Clock::now() + std::chrono::milliseconds(limits.timeout_ms);
    worker::Alarms::of_process().set(end, [task = reference(block)] { end_early(task, timed_out_flag); });
    if (limits.kill_after_ms != 0)
        worker::kill_if_overdue(block, end + std::chrono::milliseconds(limits.kill_after_ms));
}

std::uint64_t tag_mask(const std::vector<std::string>& tags) noexcept {
    const auto* const runtime = api::current_runtime();
    std::uint64_t mask = 0;
    if (runtime != nullptr && runtime->comm != nullptr)
        for (const auto& tag : tags) mask |= runtime->comm->tags().find(tag).value_or(0);
    return mask;
}

void require_tags(const std::vector<std::string>& tags) {
    const auto* const runtime = api::current_runtime();
    if (runtime == nullptr || runtime->comm == nullptr) return;
    const auto& table = runtime->comm->tags();
    if (table.names().empty()) return;
    const bool all_known = std::all_of(tags.begin(), tags.end(), [&](const auto& tag) { return table.find(tag); });
    if (all_known && table.has_host_with(tag_mask(tags))) return;
    const auto list = [](const std::vector<std::string>& names) {
        std::string text;
        for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
        return text;
    };
    throw std::invalid_argument("scoop::TaskOptions: no host of this job carries all that the task needs (" +
                                list(tags) + "); the hostfile has the tags " + list(table.names()));
}

namespace {

[[gnu::noinline]] void block_until_done(Block& block) {
    TaskWaiter waiter;
    if (add_waiter(block, waiter)) waiter.park.wait();
}

}  // namespace

void finish(Block& block) {
    if (is_done(block)) return;
    worker::require_nothing_held();
    Compute* const compute = Compute::current();
    if (compute == nullptr) {
        block_until_done(block);
    } else if (!compute->try_run_in_place(block)) {
        compute->wait_for(block);
    }
}

bool wait_until(Block& block, TimePoint deadline) {
    if (is_done(block)) return true;
    worker::require_nothing_held();
    if (Compute* const compute = Compute::current(); compute != nullptr && is_forever(deadline)) {
        compute->wait_for(block);
        return true;
    }
    TaskWaiter waiter;
    if (!add_waiter(block, waiter)) return true;
    if (!waiter.park.wait_until(deadline)) remove_waiter(block, waiter);
    return is_done(block);
}

void yield() {
    if (Compute* compute = Compute::current()) {
        compute->yield();
    } else {
        std::this_thread::yield();
    }
}

namespace {

// A block that stands for something to be done here, or for a parent of other tasks.
struct LocalTask {
    using Place = InBlock<LocalTask>;
    std::unique_ptr<LocalWork> work;

    static void run(Block& block) noexcept {
        Place::get(block).work->run();
        complete(block);
    }
    static void write_arguments(Block&, ByteSink&) {}
    static void accept(Block& block, RemoteAnswer&&) noexcept { complete(block); }
    static void fail(Block& block) noexcept { complete(block); }
    static std::uint64_t function(const Block&) noexcept { return 0; }
    static std::string_view name(const Block&) noexcept { return "work of this process"; }
    static constexpr TaskType type{&run, &write_arguments, &accept, &fail, &Place::destroy, &function, &name};

    static Block& make(std::unique_ptr<LocalWork> work) {
        Block& block = Place::allocate();
        Place::construct(block, std::move(work));
        block.type = &type;
        return block;
    }
};

}  // namespace

void run_local(std::unique_ptr<LocalWork> work) noexcept {
    auto* const runtime = api::current_runtime();
    if (runtime == nullptr) return;  // the job has ended
    Block& block = LocalTask::make(std::move(work));
    const TaskRef task = reference(block);
    release(block);
    publish(block);
    runtime->compute->share_local(task);
}

void log_exception_of_callback() noexcept {
    const auto [type_name, what] = describe_exception(std::current_exception());
    std::fprintf(stderr, "scoop: rank %u on %s: a callback of a future threw %s: %s\n", this_rank(),
                 this_host().c_str(), type_name.c_str(), what.c_str());
}

Scope::Scope() : block_(LocalTask::make(nullptr)) {
    const TaskRef task = reference(block_);
    publish(block_);
    (void)try_claim(task);
    adopt(block_, nullptr);
}
Scope::~Scope() {
    cancel();
    complete(block_);
    release(block_);
}
void Scope::cancel() { detail::cancel(block_); }

Event::Event() : block_(LocalTask::make(nullptr)) {
    const TaskRef task = reference(block_);
    publish(block_);
    (void)try_claim(task);
}
Event::~Event() {
    fire();
    release(block_);
}
void Event::fire() noexcept {
    if (!has_fired_.exchange(true)) complete(block_);
}

void enqueue_on(Block& block, std::uint32_t rank) {
    try {
        require_job();
        api::current_runtime()->local_calls.call(block, rank);
    } catch (...) {
        block.type->fail(block);
        throw;
    }
}

static_assert(sizeof(Park) <= 32 && alignof(Park) <= 16);

Parking::Parking() { ::new (static_cast<void*>(state_)) Park; }
Parking::~Parking() { std::launder(reinterpret_cast<Park*>(state_))->~Park(); }
void Parking::wait() { std::launder(reinterpret_cast<Park*>(state_))->wait(); }
bool Parking::wait_until(TimePoint deadline) {
    return std::launder(reinterpret_cast<Park*>(state_))->wait_until(deadline);
}
void Parking::notify() noexcept { std::launder(reinterpret_cast<Park*>(state_))->notify(); }

bool on_compute_thread() noexcept { return Compute::current() != nullptr; }

std::string host_of(std::uint32_t rank) {
    const auto* const runtime = api::current_runtime();
    if (runtime != nullptr)
        if (auto host = runtime->roster.host_of(rank)) return *host;
    return this_host();
}

std::vector<std::uint32_t> all_ranks() {
    const auto* const runtime = api::current_runtime();
    return runtime != nullptr ? runtime->roster.ranks() : std::vector<std::uint32_t>{0};
}

const std::string& this_host() {
    static const std::string name = base::host_name();
    return name;
}

std::uint32_t this_rank() { return static_cast<std::uint32_t>(rank()); }

void throw_unless_value(const RemoteAnswer& answer, std::string_view function) {
    switch (answer.outcome) {
        case RemoteOutcome::value: return;
        case RemoteOutcome::exception: std::rethrow_exception(decode_exception(answer.payload.view()));
        case RemoteOutcome::function_not_found:
            throw FunctionNotFound("scoop: the program on " + std::string(answer.payload.view()) + " has no task " +
                                   std::string(function) + ": it is another build of this program");
        case RemoteOutcome::timed_out: throw_timed_out(std::string(function));
        case RemoteOutcome::part:
        case RemoteOutcome::cancelled: break;
    }
    throw CancelledError("scoop: the task " + std::string(function) + " was cancelled");
}

}  // namespace scoop::detail
