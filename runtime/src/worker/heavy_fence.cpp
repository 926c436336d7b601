#include "worker/heavy_fence.hpp"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace scoop::worker {

namespace {

long membarrier(int command) { return ::syscall(SYS_membarrier, command, 0, 0); }

}  // namespace

std::atomic<bool> light_fence_is_real{membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) != 0};

void real_fence() noexcept {
    std::atomic<int> barrier{0};
    barrier.exchange(1, std::memory_order_seq_cst);  // a locked instruction; thread sanitizers know no plain fence
}

void heavy_fence() noexcept {
    real_fence();
    if (!light_fence_is_real.load(std::memory_order_relaxed)) membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
}

}  // namespace scoop::worker
