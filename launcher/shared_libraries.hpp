// Which shared libraries a program needs, and where the loader of this machine finds them; and what it means when
// another host's loader does not.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "launcher/elf_check.hpp"

namespace scoop::launcher {

/// Names of libraries with the files that they are found in; those that are not found are missing.
using LibraryFiles = std::map<std::string, std::string>;

/// Of what ldd(1) would print. Pure.
[[nodiscard]] LibraryFiles library_files(std::string_view list);

/// Finds the libraries of programs on this machine; each program is looked at once. One thread.
class LibraryFinder {
public:
    /// Of the program at `path`, which has these facts. Its loader looks for them, nothing of the program runs; that
    /// takes milliseconds, and two seconds at most. Empty when nobody can tell.
    [[nodiscard]] const LibraryFiles& files_of(const std::string& path, const FileFacts& facts);

private:
    std::map<std::string, LibraryFiles> found_;
};

/// The libraries that a host lacks, from what its loader has written to stderr. Pure.
[[nodiscard]] std::vector<std::string> missing_libraries(std::string_view errors);

/// A command for sh that writes what missing_libraries() understands to stderr, of all that are missing, where a start
/// names only the first. `program` is a word for sh. Empty if the loader is none of the C library of GNU, or its path
/// could mean something to a shell. Pure.
[[nodiscard]] std::string list_missing_libraries(const std::string& loader, std::string_view program);

}  // namespace scoop::launcher
