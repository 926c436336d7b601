// CompletionQueue: which of the tasks that it watches are done, in the order in which they became so.
#pragma once

#include <cstddef>
#include <deque>
#include <list>
#include <mutex>
#include <optional>

#include "scoop/detail/runtime.hpp"

namespace scoop::detail {

/// One thread or fiber watches and asks; any may end the tasks. A task may go before this object, and the other way
/// round.
class CompletionQueue {
public:
    CompletionQueue() = default;
    ~CompletionQueue();
    CompletionQueue(const CompletionQueue&) = delete;
    CompletionQueue& operator=(const CompletionQueue&) = delete;

    /// `index` is what next() will say when the task is done, which may be at once. The caller holds the block now.
    void watch(Block& block, std::size_t index);
    /// Waits for the next one; nothing if the time was up. Throws Error if it can never come, since all that are
    /// watched wait for the caller.
    [[nodiscard]] std::optional<std::size_t> next(TimePoint deadline);
    /// How many are watched that next() has not returned.
    [[nodiscard]] std::size_t outstanding() const { return outstanding_; }

private:
    struct Watched : Waiter {
        CompletionQueue* queue = nullptr;
        Block* block = nullptr;
        std::size_t index = 0;
        std::list<Watched>::iterator self;
    };
    struct AnyOfThem;
    void on_done(Watched& watched) noexcept;
    [[nodiscard]] bool wait_until(Parking& parking, TimePoint deadline);

    std::size_t outstanding_ = 0;
    std::list<Watched> watched_;
    std::mutex mutex_;
    std::deque<Watched*> done_;
    Parking* waiting_ = nullptr;
};

}  // namespace scoop::detail
