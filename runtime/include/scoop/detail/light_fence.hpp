// The cheap half of an asymmetric pair of fences; the other is in worker/heavy_fence.hpp. The frequent side pays
// nothing, the rare side makes every thread of the process pass a full barrier.
//
//   frequent side: store A; light_fence(); load B        rare side: store B; heavy_fence(); load A
// At least one of the two sees the other's store.
#pragma once

#include <atomic>

namespace scoop::detail {

/// Set when the kernel offers no membarrier(2): then the frequent side needs a real fence.
extern std::atomic<bool> light_fence_is_real;
void real_fence() noexcept;

inline void light_fence() noexcept {
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if (light_fence_is_real.load(std::memory_order_relaxed)) [[unlikely]]
        real_fence();
}

}  // namespace scoop::detail
