// Block: the memory of one task, from submit until both its execution and its future are finished with it.
//
// Blocks are never returned to the system and their first word is never constructed anew, so whoever still holds a
// stale {block, generation} pair may look at it at any time: the claim fails because the generation has moved on.
//
//   created ─ publish ─→ pending ─ claim ─→ running ───────────────────→ done
//                           ↑                │   └─ hand_over ─→ exported ─┘ (take_back when its result came)
//                           └────────────────┼──── requeue ─────────┘ (it was lost)
//   cancel: pending, exported → done          └─ cancel ─→ abandoned ─→ done (who ran it is through with it)
//
// `done` and `abandoned` are the same to a future: it is over. Any thread may claim, complete, cancel and release. The
// flags `waited` (somebody waits), `cancelled`, `timed out`, `leaving` (claimed to be sent away, not to be run) and
// `started` (an exported one runs there), and the number of holders (futures, callbacks) travel in the same word as the
// state, so each transition is one compare-and-swap.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "scoop/detail/received_bytes.hpp"

namespace scoop::detail {

class ByteSink;
class CallTimes;
struct Block;

enum class TaskState : std::uint64_t { created = 0, pending = 1, running = 2, exported = 3, done = 4, abandoned = 5 };

/// How another process answered. The numbers are those of the wire.
enum class RemoteOutcome : std::uint8_t {
    value = 0,
    exception = 1,
    function_not_found = 2,
    cancelled = 3,
    part = 4,
    timed_out = 5,
};

/// What another worker answered, kept as it came until the waiter asks for it.
struct RemoteAnswer {
    RemoteOutcome outcome = RemoteOutcome::value;
    std::uint32_t rank = 0;  ///< who ran the task
    ReceivedBytes payload;
};

/// What TaskOptions say to whoever runs a task.
struct TaskLimits {
    std::int8_t priority = 0;
    std::uint32_t retries = 0;
    std::uint32_t timeout_ms = 0;           ///< 0: none
    std::uint32_t kill_after_ms = 0;        ///< after the timeout; 0: never
    std::uint64_t needs = 0;                ///< tags, as bits
    std::shared_ptr<CallTimes> times = {};  ///< of a speculative one; shared with all tasks of the call
};

/// What the runtime may do with a task without knowing its types. One constant object per kind of task.
struct TaskType {
    /// Runs the task and keeps its result or exception. The block is claimed. Never throws.
    void (*run)(Block&) noexcept;
    /// Appends the arguments for another worker; may throw what serialization throws. The block is claimed.
    void (*write_arguments)(Block&, ByteSink&);
    /// Keeps what another worker answered; user code that decodes it runs in the waiter. Never throws.
    void (*accept)(Block&, RemoteAnswer&&) noexcept;
    /// Keeps the exception in flight (called inside a catch clause) as the task's result.
    void (*fail)(Block&) noexcept;
    /// Destroys the task object.
    void (*destroy)(Block&) noexcept;
    /// Hash of name and signature, and the name for messages.
    std::uint64_t (*function)(const Block&) noexcept;
    std::string_view (*name)(const Block&) noexcept;
    /// Keeps a part of the answer; the rest follows. The block is claimed for the time of the call. Null: this kind of
    /// task has no parts. Never throws.
    void (*accept_part)(Block&, RemoteAnswer&&) noexcept = nullptr;
    /// Null: tasks of this kind have none.
    TaskLimits (*limits)(const Block&) noexcept = nullptr;
};
[[nodiscard]] TaskLimits limits_of(const Block& block) noexcept;

/// Somebody who wants to know that a task is done; lives where the waiter waits. `notify` is called once, under the
/// lock of the block's waiters, and must not touch the block.
struct Waiter {
    Waiter* next = nullptr;
    Block* gated = nullptr;  ///< the task that is not queued before the one waited for is done, if that is what waits
    void (*notify)(Waiter&) noexcept = nullptr;
};

inline constexpr std::uint64_t state_mask = 7;
inline constexpr std::uint64_t waited_flag = 8;
inline constexpr std::uint64_t cancelled_flag = 16;
inline constexpr std::uint64_t timed_out_flag = 32;
inline constexpr std::uint64_t leaving_flag = 64;
inline constexpr std::uint64_t started_flag = 128;
inline constexpr std::uint64_t holder_one = 256;
inline constexpr std::uint64_t holders_mask = 0xffff * holder_one;
inline constexpr std::uint64_t generation_one = holders_mask + holder_one;

/// How much room a block has for its task: most have few arguments, and fresh memory costs more than running them.
enum class BlockSize : std::uint8_t { small, medium, large };
inline constexpr std::size_t block_sizes = 3;
[[nodiscard]] constexpr std::size_t storage_bytes(BlockSize size) { return 64 * (static_cast<std::size_t>(size) + 1); }

/// The head of a block, which its storage follows.
struct alignas(64) Block {
    std::atomic<std::uint64_t> word{holder_one};  ///< state, flags, holders, generation
    const TaskType* type = nullptr;
    Waiter* waiters = nullptr;  ///< guarded by the stripe lock of the block
    Block* next_free = nullptr;
    std::uint32_t attempt = 1;
    std::atomic<bool> has_children{false};
    std::uint8_t guilt = 0;       ///< for deaths of processes that executed it; 30 is too much (worker/comm_losses)
    std::uint8_t hosts_lost = 0;  ///< that it ran on; 8 are too many
    BlockSize size = BlockSize::small;    ///< the same for ever
    std::atomic<Block*> parent{nullptr};  ///< the task, map or group that this one is cancelled with
    std::atomic<std::uint64_t> parent_generation{0};
    std::atomic<std::uint64_t> export_number{0};  ///< of an exported one, in the worker's export table

    Block() = default;
    explicit Block(BlockSize its_size) : size(its_size) {}
    [[nodiscard]] void* storage() { return this + 1; }
};
static_assert(sizeof(Block) == 64);
[[nodiscard]] constexpr std::size_t block_bytes(BlockSize size) { return sizeof(Block) + storage_bytes(size); }

[[nodiscard]] constexpr TaskState state_of(std::uint64_t word) { return static_cast<TaskState>(word & state_mask); }
[[nodiscard]] constexpr std::uint64_t generation_of(std::uint64_t word) { return word / generation_one; }

/// One entry of a queue of tasks.
struct TaskRef {
    Block* block = nullptr;
    std::uint64_t generation = 0;
    explicit operator bool() const { return block != nullptr; }
};

/// Created, with one holder and no parent.
[[nodiscard]] Block& allocate_block(BlockSize size);
/// The block's task object is destroyed already, or was never made.
void free_block(Block& block) noexcept;

[[nodiscard]] inline TaskRef reference(Block& block) {
    return {&block, generation_of(block.word.load(std::memory_order_relaxed))};
}

/// Pending → running, with `flags`; false if somebody else has it or it is long gone.
[[nodiscard]] inline bool try_claim(TaskRef task, std::uint64_t flags = 0) noexcept {
    std::uint64_t word = task.block->word.load(std::memory_order_relaxed);
    while (state_of(word) == TaskState::pending && generation_of(word) == task.generation) {
        const std::uint64_t claimed = (word & ~state_mask) | static_cast<std::uint64_t>(TaskState::running) | flags;
        if (task.block->word.compare_exchange_weak(word, claimed, std::memory_order_acquire, std::memory_order_relaxed))
            return true;
    }
    return false;
}

/// Created → pending, for a block that nobody else has seen yet.
inline void publish(Block& block) noexcept {
    const std::uint64_t created = block.word.load(std::memory_order_relaxed);
    block.word.store(created | static_cast<std::uint64_t>(TaskState::pending), std::memory_order_release);
}
/// Created → pending, for one that others know; false if it was cancelled meanwhile: the caller then completes it.
[[nodiscard]] bool try_publish(Block& block) noexcept;
/// Running → exported; false if it was cancelled meanwhile: the caller then completes it.
[[nodiscard]] bool try_hand_over(Block& block) noexcept;
/// Notes that an exported task runs in another process, until it is lost.
void note_started(TaskRef task) noexcept;
/// Exported → running, to put the result in; false if it was cancelled and may be long gone.
[[nodiscard]] bool try_take_back(TaskRef task) noexcept;
/// Running again → pending: lost, the task may be claimed once more. False as for try_hand_over.
[[nodiscard]] bool try_requeue(Block& block) noexcept;
/// Running, abandoned or created: whoever had it is through. If it was not over yet the result is in, and the waiters
/// are woken. Frees the block if nobody holds it. The caller does not touch the block afterwards.
void complete(Block& block) noexcept;
/// Of a claimed task whose time was up in another process: its future says so as if it had been here.
inline void note_timed_out(Block& block) noexcept {
    block.word.fetch_or(cancelled_flag | timed_out_flag, std::memory_order_relaxed);
}
/// One more holder, to be matched by a release. The caller is a holder or knows that the task is not over.
inline void hold(Block& block) noexcept { block.word.fetch_add(holder_one, std::memory_order_relaxed); }
/// A holder lets go of the block.
void release(Block& block) noexcept;

/// What became of a task that was to be cancelled.
struct Cancelled {
    TaskState before = TaskState::done;  ///< done: it was over, or long gone, and nothing has changed
    std::uint64_t export_number = 0;     ///< if it was exported
};
/// Ends a task for its future, with `cancelled_flag` or `timed_out_flag` (which implies the former), but not its
/// children.
Cancelled cancel_one(TaskRef task, std::uint64_t flags) noexcept;
/// Calls `visit` for every block there is, used or not. Blocks are neither made nor returned meanwhile.
void visit_blocks(void (*visit)(Block&, void*), void* context);

/// Whether somebody executes the task, here or, as far as is known, elsewhere.
[[nodiscard]] constexpr bool is_executing(std::uint64_t word) {
    switch (state_of(word)) {
        case TaskState::running: return (word & leaving_flag) == 0;
        case TaskState::exported: return (word & started_flag) != 0;
        default: return false;
    }
}
[[nodiscard]] inline bool is_over(TaskState state) { return state >= TaskState::done; }
[[nodiscard]] inline bool is_done(const Block& block) noexcept {
    return is_over(state_of(block.word.load(std::memory_order_acquire)));
}
[[nodiscard]] inline bool is_cancelled(const Block& block) noexcept {
    return (block.word.load(std::memory_order_acquire) & cancelled_flag) != 0;
}
/// Its waiters are told in the order in which they came. False if the task is done already: then nobody will call.
[[nodiscard]] bool add_waiter(Block& block, Waiter& waiter) noexcept;
/// The tasks that are not queued before this one is done.
[[nodiscard]] std::vector<Block*> gated_by(Block& block);
/// After it returns the waiter is not called any more.
void remove_waiter(Block& block, Waiter& waiter) noexcept;

}  // namespace scoop::detail
