// OutputStyle: what --output asks for, and the lines it makes of what the workers write. Pure; one thread.
#pragma once

#include <chrono>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "base/line_merger.hpp"
#include "launcher/host_names.hpp"

namespace scoop::launcher {

using WallTime = std::chrono::system_clock::time_point;

/// Who speaks if it is no worker: a host (its node, its login shell), or scoop-run itself.
inline constexpr base::Rank rank_of_host = std::numeric_limits<base::Rank>::max();
inline constexpr base::Rank rank_of_launcher = rank_of_host - 1;

[[nodiscard]] constexpr bool is_worker(const base::Source& source) { return source.rank < rank_of_launcher; }

struct OutputStyle {
    bool label = false;          ///< each line begins with its rank and host
    bool timestamp = false;      ///< and with the time at which it came
    bool raw = false;            ///< bytes as they come, instead of whole lines
    std::string directory = {};  ///< of a file for each rank and stream; empty: our stdout and stderr

    /// The workers' bytes come out as they are, where they were written to.
    [[nodiscard]] bool is_transparent() const { return !label && !timestamp && directory.empty(); }
};

/// "label,timestamp,dir=DIR,raw", one or several of them; DIR goes up to the next comma. The error says what is allowed
/// instead.
[[nodiscard]] tl::expected<OutputStyle, std::string> parse_output_style(std::string_view text);

/// "2026-11-26T14:08:51.123", local time.
[[nodiscard]] std::string time_text(WallTime time);

/// Puts labels and times before the lines that go to one place.
///
/// A line whose end has not come yet is not labelled again when it goes on. If a line of somebody else comes between,
/// the unfinished one is ended there, and what follows of it later begins a line with its label.
class LinePrefixes {
public:
    /// Both must outlive this object.
    LinePrefixes(const OutputStyle& style, const HostNames& hosts) : style_(style), hosts_(hosts) {}

    /// `text` as it is to be written.
    [[nodiscard]] std::string apply(base::Text text, WallTime time);

private:
    [[nodiscard]] std::string prefix_of(const base::Source& source, WallTime time) const;

    const OutputStyle& style_;
    const HostNames& hosts_;
    std::optional<base::Source> unfinished_;  ///< whose line has not ended
};

}  // namespace scoop::launcher
