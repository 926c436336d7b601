// What this process is a copy of: build id, architecture, host name, path of the program. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"

namespace scoop::base {

inline constexpr std::string_view library_version = "0.1.0";

/// The GNU build id of the running program in hexadecimal; empty if it was linked without one.
[[nodiscard]] std::string build_id();
/// Of the contents of the running program and of its libraries, without those in the system's directories.
[[nodiscard]] Digest program_digest();
/// As `uname -m` says.
[[nodiscard]] std::string architecture();
/// As gethostname says.
[[nodiscard]] std::string host_name();
/// The file this process runs, an absolute path.
[[nodiscard]] std::string program_path();
/// argv as this process was started with, argv[0] included, whatever main has made of it since. At least one.
[[nodiscard]] std::vector<std::string> program_arguments();

}  // namespace scoop::base
