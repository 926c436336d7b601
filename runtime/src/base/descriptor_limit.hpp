// How many descriptors this process may have (RLIMIT_NOFILE). Any thread.
#pragma once

#include <cstddef>

namespace scoop::base {

/// Raises the limit to `wanted` if it is lower, or as far as this process may, and returns what it is then. As far as
/// needed only: what this process starts inherits it, and some programs cannot live with a large one.
std::size_t raise_descriptor_limit(std::size_t wanted);

}  // namespace scoop::base
