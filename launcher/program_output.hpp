// What another program prints, for the few things that only a command tells. Any thread; blocks.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/failure.hpp"

namespace scoop::launcher {

inline constexpr std::size_t program_output_max = 16 * 1024 * 1024;

/// Runs `command` (found by PATH, with nothing to read and our stderr) and returns its stdout. Fails when its status is
/// not 0, when it takes longer than `time_max`, which kills it, and when it prints more than `program_output_max`.
[[nodiscard]] base::Result<std::string> output_of_program(std::vector<std::string> command,
                                                          std::chrono::milliseconds time_max);

}  // namespace scoop::launcher
