#include "worker/heavy_fence.hpp"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace scoop {

namespace {

long membarrier(int command) { return ::syscall(SYS_membarrier, command, 0, 0); }

}  // namespace

std::atomic<bool> detail::light_fence_is_real{membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) != 0};

void detail::real_fence() noexcept {
    std::atomic<int> barrier{0};
    barrier.exchange(1, std::memory_order_seq_cst);  // a locked instruction; thread sanitizers know no plain fence
}

void worker::heavy_fence() noexcept {
    detail::real_fence();
    if (!detail::light_fence_is_real.load(std::memory_order_relaxed)) membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
}

}  // namespace scoop
