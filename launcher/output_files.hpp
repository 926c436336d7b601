// OutputFiles: a file for each rank and stream, as --output dir=DIR asks: DIR/rank.3.out and DIR/rank.3.err. One
// thread.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "base/failure.hpp"
#include "base/line_merger.hpp"
#include "base/unique_fd.hpp"
#include "launcher/output_style.hpp"

namespace scoop::launcher {

/// Makes the directory and those above it, as far as they are missing.
[[nodiscard]] base::Result<void> make_output_directory(const std::string& directory);

/// Removes what an earlier job left in the directory, so that nobody takes it for the output of this one.
void remove_output_files(const std::string& directory);

class OutputFiles {
public:
    /// A job may have more ranks than a process may have descriptors.
    static constexpr std::size_t open_max = 128;

    /// Writes into style.directory. Both must outlive this object.
    OutputFiles(const OutputStyle& style, const HostNames& hosts) : style_(style), hosts_(hosts) {}

    /// Appends a worker's text to its file, which is made when its first text comes.
    [[nodiscard]] base::Result<void> write(base::Text text, WallTime time);

private:
    struct File {
        LinePrefixes prefixes;
        base::UniqueFd fd;
        bool is_begun = false;
    };

    [[nodiscard]] base::Result<void> open(const base::Source& source, File& file);
    [[nodiscard]] std::string name_of(const base::Source& source) const;

    const OutputStyle& style_;
    const HostNames& hosts_;
    std::map<base::Source, File> files_;
    std::deque<base::Source> open_;  ///< the earliest opened first
};

}  // namespace scoop::launcher
