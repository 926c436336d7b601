// The expensive half of an asymmetric pair of fences (membarrier(2), MEMBARRIER_CMD_PRIVATE_EXPEDITED); see
// scoop/detail/light_fence.hpp.
#pragma once

#include "scoop/detail/light_fence.hpp"

namespace scoop::worker {

using detail::light_fence;

void heavy_fence() noexcept;

}  // namespace scoop::worker
