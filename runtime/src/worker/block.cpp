// Allocation and life of task blocks; see scoop/detail/block.hpp.
//
// Each thread keeps a list of free blocks and trades batches with a common list, so that a thread that only submits and
// one that only finishes tasks do not drift apart.
#include "scoop/detail/block.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <ranges>
#include <span>
#include <utility>
#include <vector>

namespace scoop::detail {

TaskLimits limits_of(const Block& block) noexcept {
    return block.type->limits != nullptr ? block.type->limits(block) : TaskLimits{};
}

namespace {

constexpr std::size_t batch_size = 64;
constexpr std::size_t slab_blocks_first = 256;
constexpr std::size_t slab_blocks_last = 8192;
constexpr std::size_t huge_page_bytes = std::size_t{2} << 20;

// Memory for blocks, never returned: they are looked at after they were freed. Small at first; who has many tasks gets
// them in huge pages, since touching a fresh page costs more than running a task.
class Slab {
public:
    explicit Slab(std::size_t count) : count_(count) {
        const std::size_t bytes = count * sizeof(Block);
        void* const memory = ::operator new(bytes, std::align_val_t{std::min(bytes, huge_page_bytes)});
        if (bytes >= huge_page_bytes) ::madvise(memory, bytes, MADV_HUGEPAGE);
        first_ = static_cast<Block*>(memory);
    }
    [[nodiscard]] std::size_t size() const { return count_; }
    [[nodiscard]] bool is_used_up() const { return made_ == count_; }
    /// The next so many, constructed just before they are used, so that they are in the cache then.
    [[nodiscard]] std::span<Block> make(std::size_t count) {
        Block* const next = first_ + made_;
        std::uninitialized_default_construct_n(next, count);
        made_ += count;
        return {next, count};
    }
    [[nodiscard]] std::span<Block> blocks() const { return {first_, made_}; }

private:
    Block* first_;
    std::size_t count_;
    std::size_t made_ = 0;
};
static_assert(slab_blocks_first % batch_size == 0);
static_assert(slab_blocks_last * sizeof(Block) == huge_page_bytes);

struct CommonPool {
    std::mutex mutex;
    std::vector<Block*> batches;                      // each a list of batch_size blocks
    std::vector<Slab> slabs;
};

CommonPool& common_pool() {
    static auto* pool = new CommonPool;  // outlives every thread: a late thread may still free a block
    return *pool;
}

// No constructor and no destructor, so that reaching it costs nothing.
struct ThreadPool {
    Block* free = nullptr;
    std::size_t count = 0;

    void push(Block& block) {
        block.next_free = free;
        free = &block;
        ++count;
    }
    [[gnu::noinline]] void give_batch() {
        Block* const first = free;
        Block* last = first;
        for (std::size_t i = 1; i < batch_size; ++i) last = last->next_free;
        free = last->next_free;
        last->next_free = nullptr;
        count -= batch_size;
        auto& common = common_pool();
        const std::lock_guard lock(common.mutex);
        common.batches.push_back(first);
    }
    [[gnu::noinline]] void refill();
};

constinit thread_local ThreadPool thread_pool;

// Made by a thread when it first trades with the common list. What is left of a batch stays with the process.
struct EndOfThread {
    bool is_watched = false;
    ~EndOfThread() {
        while (thread_pool.count >= batch_size) thread_pool.give_batch();
    }
};
thread_local EndOfThread end_of_thread;

void ThreadPool::refill() {
    end_of_thread.is_watched = true;
    auto& common = common_pool();
    const std::lock_guard lock(common.mutex);
    if (!common.batches.empty()) {
        free = common.batches.back();
        common.batches.pop_back();
        count = batch_size;
        return;
    }
    auto& slabs = common.slabs;
    if (slabs.empty()) {
        slabs.emplace_back(slab_blocks_first);
    } else if (slabs.back().is_used_up()) {
        slabs.emplace_back(std::min(slabs.back().size() * 2, slab_blocks_last));
    }
    for (Block& block : slabs.back().make(batch_size) | std::views::reverse) push(block);
}

std::mutex& stripe_of(const Block& block) {
    static std::array<std::mutex, 64> stripes;
    return stripes[(reinterpret_cast<std::uintptr_t>(&block) / sizeof(Block)) % stripes.size()];
}

constexpr std::uint64_t sole_holder_of_done = holder_one | static_cast<std::uint64_t>(TaskState::done);

void destroy_and_free(Block& block) noexcept {
    block.type->destroy(block);
    free_block(block);
}

std::uint64_t with_state(std::uint64_t word, TaskState state) {
    return (word & ~(state_mask | waited_flag)) | static_cast<std::uint64_t>(state);
}

// With `cleared` flags off.
bool try_move(Block& block, TaskState from, TaskState to, std::uint64_t cleared = 0,
              std::optional<std::uint64_t> generation = {}) noexcept {
    std::uint64_t word = block.word.load(std::memory_order_relaxed);
    while (state_of(word) == from && (!generation || generation_of(word) == *generation)) {
        const std::uint64_t moved = (word & ~(state_mask | cleared)) | static_cast<std::uint64_t>(to);
        if (block.word.compare_exchange_weak(word, moved, std::memory_order_acq_rel, std::memory_order_relaxed)) return true;
    }
    return false;
}

// Moves the block to a state in which it is over: `decide` makes the new word of the old one, or nothing to let it be.
// Wakes the waiters; frees the block if it is done and nobody holds it. The word before, or nothing.
template <class Decide>
std::optional<std::uint64_t> settle(Block& block, Decide decide) noexcept {
    std::uint64_t word = block.word.load(std::memory_order_relaxed);
    std::optional<std::uint64_t> next;
    for (;;) {
        next = decide(word);
        if (!next) return std::nullopt;
        if ((word & waited_flag) == 0) {
            if (block.word.compare_exchange_weak(word, *next, std::memory_order_acq_rel)) break;
            continue;
        }
        // The waiters are called under the lock: one that gives up can then be sure that nobody touches it any more. And
        // the list stays this task's while it is held, though the block may be freed and used anew from the swap on.
        const std::lock_guard lock(stripe_of(block));
        do {
            next = decide(word);
            if (!next) return std::nullopt;
        } while (!block.word.compare_exchange_weak(word, *next, std::memory_order_acq_rel));
        for (Waiter* waiter = std::exchange(block.waiters, nullptr); waiter != nullptr;) {
            Waiter* const following = waiter->next;
            waiter->notify(*waiter);
            waiter = following;
        }
        break;
    }
    if (state_of(*next) == TaskState::done && (*next & holders_mask) == 0) destroy_and_free(block);
    return word;
}

}  // namespace

Block* allocate_block() {
    auto& pool = thread_pool;
    if (pool.free == nullptr) pool.refill();
    Block* block = pool.free;
    pool.free = block->next_free;
    --pool.count;
    block->attempt = 1;
    block->guilt = 0;
    return block;
}

void free_block(Block& block) noexcept {
    block.parent.store(nullptr, std::memory_order_relaxed);
    block.has_children.store(false, std::memory_order_relaxed);
    const std::uint64_t word = block.word.load(std::memory_order_relaxed);
    block.word.store((generation_of(word) + 1) * generation_one + holder_one, std::memory_order_release);
    auto& pool = thread_pool;
    pool.push(block);
    if (pool.count >= 4 * batch_size) pool.give_batch();
}

bool try_publish(Block& block) noexcept { return try_move(block, TaskState::created, TaskState::pending); }
bool try_hand_over(Block& block) noexcept {
    return try_move(block, TaskState::running, TaskState::exported, leaving_flag);
}
bool try_requeue(Block& block) noexcept {
    return try_move(block, TaskState::running, TaskState::pending, leaving_flag | started_flag);
}

void note_started(TaskRef task) noexcept {
    std::uint64_t word = task.block->word.load(std::memory_order_relaxed);
    while (state_of(word) == TaskState::exported && generation_of(word) == task.generation &&
           !task.block->word.compare_exchange_weak(word, word | started_flag, std::memory_order_acq_rel)) {
    }
}

bool try_take_back(TaskRef task) noexcept {
    return try_move(*task.block, TaskState::exported, TaskState::running, 0, task.generation);
}

void complete(Block& block) noexcept {
    settle(block, [](std::uint64_t word) { return std::optional(with_state(word, TaskState::done)); });
}

Cancelled cancel_one(TaskRef task, std::uint64_t flags) noexcept {
    std::uint64_t export_number = 0;
    const auto before = settle(*task.block, [&](std::uint64_t word) -> std::optional<std::uint64_t> {
        const TaskState state = state_of(word);
        if (generation_of(word) != task.generation || is_over(state)) return std::nullopt;
        // Of this very export: it was noted before the state was set, and the state is still the same at the swap.
        if (state == TaskState::exported) {
            (void)task.block->word.load(std::memory_order_acquire);
            export_number = task.block->export_number.load(std::memory_order_relaxed);
        }
        const bool is_in_hands = state == TaskState::running || state == TaskState::created;
        return with_state(word, is_in_hands ? TaskState::abandoned : TaskState::done) | cancelled_flag | flags;
    });
    return before ? Cancelled{state_of(*before), export_number} : Cancelled{};
}

void visit_blocks(void (*visit)(Block&, void*), void* context) {
    auto& common = common_pool();
    const std::lock_guard lock(common.mutex);
    for (const Slab& slab : common.slabs)
        for (Block& block : slab.blocks()) visit(block, context);
}

void release(Block& block) noexcept {
    // Of a task that is done only holders change the word.
    if ((block.word.load(std::memory_order_acquire) & (holders_mask | state_mask)) == sole_holder_of_done) {
        destroy_and_free(block);
        return;
    }
    const std::uint64_t before = block.word.fetch_sub(holder_one, std::memory_order_acq_rel);
    if (state_of(before) == TaskState::done && (before & holders_mask) == holder_one) destroy_and_free(block);
}

bool add_waiter(Block& block, Waiter& waiter) noexcept {
    const std::lock_guard lock(stripe_of(block));
    std::uint64_t word = block.word.load(std::memory_order_acquire);
    do {
        if (is_over(state_of(word))) return false;
    } while (!block.word.compare_exchange_weak(word, word | waited_flag, std::memory_order_acq_rel));
    waiter.next = nullptr;
    Waiter** last = &block.waiters;
    while (*last != nullptr) last = &(*last)->next;
    *last = &waiter;
    return true;
}

std::vector<Block*> gated_by(Block& block) {
    std::vector<Block*> gated;
    const std::lock_guard lock(stripe_of(block));
    if (is_done(block)) return gated;
    for (const Waiter* waiter = block.waiters; waiter != nullptr; waiter = waiter->next)
        if (waiter->gated != nullptr) gated.push_back(waiter->gated);
    return gated;
}

void remove_waiter(Block& block, Waiter& waiter) noexcept {
    const std::lock_guard lock(stripe_of(block));
    for (Waiter** at = &block.waiters; *at != nullptr; at = &(*at)->next) {
        if (*at == &waiter) {
            *at = waiter.next;
            return;
        }
    }
}

}  // namespace scoop::detail
