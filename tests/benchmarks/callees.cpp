#include "callees.hpp"

namespace bench {

std::int64_t same(std::int64_t number) { return number; }

std::uint64_t spin(std::uint64_t seed, std::uint64_t steps) {
    // Each step needs the one before it, so the time does not depend on how well the loop was compiled.
    for (std::uint64_t i = 0; i < steps; ++i) seed = seed * 6364136223846793005U + 1442695040888963407U;
    return seed;
}

}  // namespace bench
