// The version of everything two processes of a job say to each other. Raised with every incompatible change.
#pragma once

#include <cstdint>

namespace scoop::protocol {

inline constexpr std::uint32_t version = 11;

}  // namespace scoop::protocol
