// What an executable file is, from its own bytes: a script, an ELF file of some architecture, with scoop's note or not.
//
// The library leaves a note (section .note.scoop, owner "scoop") in every program that includes it, so that scoop-run
// can say "not a scoop program" before it starts anything. Pure: the bytes come from the caller. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace scoop::launcher {

enum class FileKind {
    script,   ///< begins with "#!"
    elf,      ///< an ELF executable or shared object
    unknown,  ///< something else: the kernel (binfmt_misc) may know it
};

struct FileFacts {
    FileKind kind = FileKind::unknown;
    std::string architecture;     ///< of an ELF file, as `uname -m` would say; "ELF machine 99" when we know no name
    bool has_scoop_note = false;  ///< of an ELF file
    std::string loader = {};      ///< the path of the dynamic loader that it asks for; empty: it needs none
};

/// Reads up to `size` bytes at `offset`; fewer at the end of the file.
using ReadAt = std::function<std::string(std::uint64_t offset, std::size_t size)>;

/// Never fails: damaged ELF headers simply show no note.
[[nodiscard]] FileFacts inspect_program_file(const ReadAt& read_at);

}  // namespace scoop::launcher
