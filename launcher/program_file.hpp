// The program that is to be run: where it is, and whether it can be a scoop program. Looks at the disk; any thread.
#pragma once

#include <string>

#include "base/failure.hpp"
#include "launcher/elf_check.hpp"

namespace scoop::launcher {

/// Why there is no point in starting a program.
struct ProgramRefusal {
    base::Failure failure;
    int exit_status = 0;  ///< exit_not_found or exit_not_a_program
};

enum class WhereToRun { here, elsewhere_only };

/// The absolute path of `name`: as it is when it has a slash, else looked up in the directories of PATH.
///
/// Refuses what does not exist, is no executable file, or is an ELF file without scoop's note. Scripts and files of a
/// kind unknown to us pass: what they start will have to say that it is a node. With `elsewhere_only` a file that does
/// not exist here passes too, if its path is absolute.
[[nodiscard]] tl::expected<std::string, ProgramRefusal> find_program(const std::string& name, WhereToRun where);

/// What the file at `path` is; of kind unknown when it cannot be read.
[[nodiscard]] FileFacts facts_of_program(const std::string& path);

/// `name` as seen from the root directory; an empty name stays empty. Symbolic links stay as they are: another host may
/// resolve them differently.
[[nodiscard]] std::string absolute_path(std::string name);

}  // namespace scoop::launcher
