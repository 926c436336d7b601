// Output: everything that scoop-run writes, to stdout and stderr: the workers' output and our own words. Whole lines,
// never blocking. One thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/line_merger.hpp"
#include "base/wakeup.hpp"
#include "launcher/stream_writer.hpp"

namespace scoop::launcher {

class Output {
public:
    Output() : stdout_(1, progress_), stderr_(2, progress_) {}

    /// A worker's bytes. They count as written, see take_written, once they are out.
    void push(const base::Source& source, std::string_view bytes, base::TimePoint now);
    /// That stream has ended.
    void finish(const base::Source& source);
    /// What a host's node or shell wrote to stderr: each line gets the host's name.
    void push_errors(base::HostIndex host, const std::string& name, std::string_view bytes, base::TimePoint now);
    /// Our own words: whole lines to stderr.
    void say(std::string lines);

    /// Readable when take_written, error or is_idle may have something new.
    [[nodiscard]] int progress_fd() const { return progress_.fd(); }
    /// Writes what has waited long enough; when the next must be looked at.
    void on_time(base::TimePoint now);
    [[nodiscard]] std::optional<base::TimePoint> next_deadline() const { return merger_.next_deadline(); }

    /// The workers' bytes written since the last call.
    [[nodiscard]] std::map<base::Source, std::uint32_t> take_written();
    /// The first error of either stream, 0 while all is well; what cannot be written is thrown away.
    [[nodiscard]] int error() const;
    /// Unfinished lines go out as they are.
    void flush();
    [[nodiscard]] bool is_idle() const { return stdout_.is_idle() && stderr_.is_idle(); }

private:
    void write(base::Text text);

    base::Wakeup progress_;
    base::LineMerger merger_;
    std::map<base::HostIndex, std::string> names_;  ///< of hosts whose own errors have been pushed
    StreamWriter stdout_;
    StreamWriter stderr_;
};

}  // namespace scoop::launcher
