// Output: everything that scoop-run writes, to stdout, stderr and files: the workers' output and our own words. Whole
// lines, never blocking. One thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/line_merger.hpp"
#include "base/wakeup.hpp"
#include "launcher/output_credit.hpp"
#include "launcher/output_files.hpp"
#include "launcher/output_style.hpp"
#include "launcher/stream_writer.hpp"

namespace scoop::launcher {

class Output {
public:
    /// `hosts` are names by host index.
    Output(OutputStyle style, std::vector<std::string> hosts);

    /// A host has joined; it has the next number.
    void add_host(std::string name) { hosts_.add(std::move(name)); }
    /// The program begins: files of an earlier job are removed.
    void begin();
    /// A worker's bytes.
    void push(const base::Source& source, std::string_view bytes, base::TimePoint now);
    /// That stream has ended.
    void finish(const base::Source& source);
    /// What a host's node or shell wrote to stderr: each line gets the host's name.
    void push_errors(base::HostIndex host, std::string_view bytes, base::TimePoint now);
    /// Our own words: whole lines to stderr.
    void say(std::string lines);

    /// Readable when take_credit, error or is_idle may have something new.
    [[nodiscard]] int progress_fd() const { return progress_.fd(); }
    /// Writes what has waited long enough; when the next must be looked at.
    void on_time(base::TimePoint now);
    [[nodiscard]] std::optional<base::TimePoint> next_deadline() const { return merger_.next_deadline(); }

    /// How many more bytes each stream of the workers may send since the last call.
    [[nodiscard]] std::map<base::Source, std::uint32_t> take_credit();
    /// The first error of any place; what cannot be written is thrown away.
    [[nodiscard]] std::optional<WriteError> error() const;
    /// Unfinished lines go out as they are.
    void flush();
    [[nodiscard]] bool is_idle() const;

private:
    [[nodiscard]] StreamWriter::Sink descriptor_sink(int fd, LinePrefixes& prefixes);
    [[nodiscard]] StreamWriter::Sink file_sink();
    void write(base::Text text);

    const OutputStyle style_;
    HostNames hosts_;
    base::Wakeup progress_;
    base::LineMerger merger_;
    OutputCredit credit_;
    // Each belongs to the thread of its writer.
    LinePrefixes stdout_prefixes_;
    LinePrefixes stderr_prefixes_;
    OutputFiles files_;
    // Last, so that their threads end first.
    StreamWriter stdout_;
    StreamWriter stderr_;
    std::unique_ptr<StreamWriter> to_files_;  ///< only with a directory
};

}  // namespace scoop::launcher
