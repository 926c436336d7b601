// The file of --env-file: variables for the workers, one a line, each as -x takes it. Pure; any thread.
//
//   # comments and empty lines
//   OMP_NUM_THREADS=4
//   DATA=/scratch/my data      the value goes to the end of the line, quotes and all
//   LD_LIBRARY_PATH            passed on from here, as is what a pattern matches: OMP_*
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/failure.hpp"

namespace scoop::launcher {

/// The lines as requests of -x. A Failure names file and line.
[[nodiscard]] base::Result<std::vector<std::string>> parse_environment_file(const std::string& file,
                                                                            std::string_view text);

}  // namespace scoop::launcher
