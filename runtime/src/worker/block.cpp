// Allocation and life of task blocks; see scoop/detail/block.hpp.
//
// Each thread keeps a list of free blocks and trades batches with a common list, so that a thread that only submits and
// one that only finishes tasks do not drift apart.
#include "scoop/detail/block.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <mutex>
#include <new>
#include <optional>
#include <utility>
#include <vector>

namespace scoop::detail {

TaskLimits limits_of(const Block& block) noexcept {
    return block.type->limits != nullptr ? block.type->limits(block) : TaskLimits{};
}

namespace {

constexpr std::size_t batch_size = 64;
constexpr std::size_t slab_bytes_first = std::size_t{64} << 10;
constexpr std::size_t slab_bytes_last = std::size_t{2} << 20;  // a huge page

// Memory for blocks of one size, never returned: they are looked at after they were freed. Small at first; who has many
// tasks gets them in huge pages, since touching a fresh page costs more than running a task.
class Slab {
public:
    Slab(BlockSize size, std::size_t bytes) : size_(size), bytes_(bytes) {
        void* const memory = ::operator new(bytes, std::align_val_t{bytes});
        if (bytes == slab_bytes_last) ::madvise(memory, bytes, MADV_HUGEPAGE);
        first_ = static_cast<std::byte*>(memory);
    }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    [[nodiscard]] bool has_batch() const { return (made_ + batch_size) * block_bytes(size_) <= bytes_; }
    /// The next one, constructed just before it is used, so that it is in the cache then.
    [[nodiscard]] Block& make() { return *::new (first_ + made_++ * block_bytes(size_)) Block(size_); }
    void visit_made(void (*visit)(Block&, void*), void* context) const {
        for (std::size_t i = 0; i < made_; ++i)
            visit(*std::launder(reinterpret_cast<Block*>(first_ + i * block_bytes(size_))), context);
    }

private:
    BlockSize size_;
    std::size_t bytes_;
    std::byte* first_;
    std::size_t made_ = 0;
};

struct CommonPool {
    struct OfSize {
        std::vector<Block*> batches;  // each a list of batch_size blocks
        std::vector<Slab> slabs;
    };
    std::mutex mutex;
    std::array<OfSize, block_sizes> of_size;
};

CommonPool& common_pool() {
    static auto* pool = new CommonPool;  // outlives every thread: a late thread may still free a block
    return *pool;
}

// A thread's free blocks of one size. No constructor and no destructor, so that reaching it costs nothing.
struct FreeBlocks {
    Block* first = nullptr;
    std::size_t count = 0;

    void push(Block& block) {
        block.next_free = first;
        first = &block;
        ++count;
    }
    [[gnu::noinline]] void give_batch() {
        Block* const batch = first;
        Block* last = batch;
        for (std::size_t i = 1; i < batch_size; ++i) last = last->next_free;
        first = last->next_free;
        last->next_free = nullptr;
        count -= batch_size;
        auto& common = common_pool();
        const std::lock_guard lock(common.mutex);
        common.of_size[static_cast<std::size_t>(batch->size)].batches.push_back(batch);
    }
    [[gnu::noinline]] void refill(BlockSize size);
};

constinit thread_local std::array<FreeBlocks, block_sizes> free_blocks;

// Made by a thread when it first trades with the common lists. What is left of a batch stays with the process.
struct EndOfThread {
    bool is_watched = false;
    ~EndOfThread() {
        for (FreeBlocks& blocks : free_blocks)
            while (blocks.count >= batch_size) blocks.give_batch();
    }
};
thread_local EndOfThread end_of_thread;

void FreeBlocks::refill(BlockSize size) {
    end_of_thread.is_watched = true;
    auto& common = common_pool();
    const std::lock_guard lock(common.mutex);
    auto& [batches, slabs] = common.of_size[static_cast<std::size_t>(size)];
    if (!batches.empty()) {
        first = batches.back();
        batches.pop_back();
        count = batch_size;
        return;
    }
    if (slabs.empty()) {
        slabs.emplace_back(size, slab_bytes_first);
    } else if (!slabs.back().has_batch()) {
        slabs.emplace_back(size, std::min(slabs.back().bytes() * 2, slab_bytes_last));
    }
    Block** next = &first;
    for (; count < batch_size; ++count) {
        *next = &slabs.back().make();
        next = &(*next)->next_free;
    }
}

std::mutex& stripe_of(const Block& block) {
    static std::array<std::mutex, 64> stripes;
    return stripes[(reinterpret_cast<std::uintptr_t>(&block) / block_bytes(BlockSize::small)) % stripes.size()];
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
        if (block.word.compare_exchange_weak(word, moved, std::memory_order_acq_rel, std::memory_order_relaxed))
            return true;
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
        // The waiters are called under the lock: one that gives up can then be sure that nobody touches it any more.
        // And the list stays this task's while it is held, though the block may be freed and used anew from the swap
        // on.
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

Block& allocate_block(BlockSize size) {
    FreeBlocks& blocks = free_blocks[static_cast<std::size_t>(size)];
    if (blocks.first == nullptr) blocks.refill(size);
    Block& block = *blocks.first;
    blocks.first = block.next_free;
    --blocks.count;
    block.attempt = 1;
    block.guilt = 0;
    block.hosts_lost = 0;
    return block;
}

void free_block(Block& block) noexcept {
    block.parent.store(nullptr, std::memory_order_relaxed);
    block.has_children.store(false, std::memory_order_relaxed);
    const std::uint64_t word = block.word.load(std::memory_order_relaxed);
    block.word.store((generation_of(word) + 1) * generation_one + holder_one, std::memory_order_release);
    FreeBlocks& blocks = free_blocks[static_cast<std::size_t>(block.size)];
    blocks.push(block);
    if (blocks.count >= 4 * batch_size) blocks.give_batch();
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
    for (const auto& of_size : common.of_size)
        for (const Slab& slab : of_size.slabs) slab.visit_made(visit, context);
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
