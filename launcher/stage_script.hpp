// The script by which a host receives the files of --stage: sh text in one line. Pure; any thread.
//
// It makes a directory, says so, and then reads files from its input, each announced by four lines: name, size in
// bytes, mode, "x" if it must be executable there or "r". After each file it says the checksum, and nothing may be sent
// before that, since the tool that takes the bytes (head) may read on. An empty name ends it.
//
// | it says, each line behind the word scoop-stage  | meaning                                                      |
// |-------------------------------------------------|--------------------------------------------------------------|
// | begin ARCHITECTURE DIRECTORY                    | the directory is there; the architecture as uname -m says it |
// | got CHECKSUM SIZE                               | a file is there; as cksum(1) says it                         |
// | failed directory REASON                         | it cannot make the directory, and ends                       |
// | failed write REASON                             | it cannot write a file, and ends                             |
// | failed noexec REASON                            | nothing can be executed in the directory; it ends            |
//
// The shell stays until the program has ended and then removes the directory, should the guardian not have done so.
#pragma once

#include <string>
#include <string_view>

#include "launcher/stage_order.hpp"

namespace scoop::launcher {

inline constexpr std::string_view stage_word = "scoop-stage ";

/// A shared library is among the files.
[[nodiscard]] bool has_library(const StageOrder& order);

/// A command for sh, ended by "; ", after which the loader looks among the files first. Empty if they have no library.
[[nodiscard]] std::string prefer_staged_libraries(const StageOrder& order);

/// Receives the files, with `run` between: sh text without line ends that becomes the program and finds the
/// directory as $stage.
[[nodiscard]] std::string make_stage_script(const StageOrder& order, const std::string& run);

}  // namespace scoop::launcher
