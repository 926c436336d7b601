// StageLinks: what this machine has in place of copied files: a directory with links to them. Looks at the disk.
#pragma once

#include <string>
#include <utility>

#include "base/failure.hpp"
#include "launcher/start_command.hpp"

namespace scoop::launcher {

/// The directory goes with this object, or with the guardian that is told of it, whichever ends first.
class StageLinks {
public:
    /// No directory.
    StageLinks() = default;
    /// One with a link to each file that the other hosts get a copy of.
    [[nodiscard]] static base::Result<StageLinks> make(const NodeStart& start);
    StageLinks(StageLinks&& other) noexcept : directory_(std::exchange(other.directory_, {})) {}
    StageLinks& operator=(StageLinks&& other) noexcept {
        std::swap(directory_, other.directory_);
        return *this;
    }
    ~StageLinks();

    /// Empty: there is none.
    [[nodiscard]] const std::string& directory() const { return directory_; }

private:
    std::string directory_;
};

}  // namespace scoop::launcher
