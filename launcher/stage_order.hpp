// StageOrder: what is copied to a host before its node starts, as --stage and --stage-file ask. A plain value.
#pragma once

#include <string>
#include <vector>

namespace scoop::launcher {

struct StageOrder {
    bool has_program = false;        ///< the program is copied too, and runs from there
    std::vector<std::string> files;  ///< absolute paths on this machine
    std::string parent_directory;    ///< on the host; empty: its TMPDIR, else /tmp

    [[nodiscard]] bool is_empty() const { return !has_program && files.empty(); }
};

}  // namespace scoop::launcher
