// The functions that the benchmarks call as tasks. They are defined in another file, so that no compiler can see that
// a call of them could be left out.
#pragma once

#include <cstdint>

namespace bench {

std::int64_t same(std::int64_t number);

/// Keeps the processor busy for so many steps, of a nanosecond or two.
std::uint64_t spin(std::uint64_t seed, std::uint64_t steps);

}  // namespace bench
