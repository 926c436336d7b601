// An asymmetric pair of fences: the frequent side pays nothing, the rare side makes every thread of the process pass a
// full barrier (membarrier(2), MEMBARRIER_CMD_PRIVATE_EXPEDITED).
//
//   frequent side: store A; light_fence(); load B        rare side: store B; heavy_fence(); load A
// At least one of the two sees the other's store.
#pragma once

#include <atomic>

namespace scoop::worker {

/// Set when the kernel offers no membarrier: then the frequent side needs a real fence.
extern std::atomic<bool> light_fence_is_real;

void heavy_fence() noexcept;

void real_fence() noexcept;

inline void light_fence() noexcept {
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if (light_fence_is_real.load(std::memory_order_relaxed)) [[unlikely]] real_fence();
}

}  // namespace scoop::worker
