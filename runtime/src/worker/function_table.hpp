// The functions of this program that tasks may be made of, by hash. Filled before main, read by any thread afterwards.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scoop/detail/runtime.hpp"

namespace scoop::worker {

/// Null when this program has no such function.
[[nodiscard]] const detail::FunctionEntry* find_function(std::uint64_t hash);
/// "name signature" of every function, sorted: what two builds compare.
[[nodiscard]] std::vector<std::string> function_names();

}  // namespace scoop::worker
