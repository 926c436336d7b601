// LineMerger: turns the bytes of many workers into whole lines, so that no line of one stands inside a line of another.
//
// The bytes of one stream stay in order. An unfinished line waits until it is finished, its stream ends or it grows too
// long. One of the root, which alone reads the input, may be a prompt: it also goes out when nothing has come for a
// moment. While lines of others come out, that moment is longer: their next one would stand in the middle of this line,
// whose writer may only be waiting for a processor.
// Pure; one thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"

namespace scoop::base {

/// One stream of one worker, or of one host's own messages.
struct Source {
    HostIndex host = 0;
    Rank rank = 0;
    std::uint8_t stream = 1;  ///< 1 stdout, 2 stderr
    friend auto operator<=>(const Source&, const Source&) = default;
};

/// Bytes ready to be written to our stdout (stream 1) or stderr (stream 2).
struct Text {
    Source source;
    std::string bytes;
    friend bool operator==(const Text&, const Text&) = default;
};

/// How many bytes to write first, so that lines of other writers to the same pipe do not cut ours: up to the end of the
/// last line that a pipe takes in one piece (PIPE_BUF, pipe(7)). A pipe that polls writable takes them without
/// blocking.
[[nodiscard]] std::size_t piece_size(std::string_view bytes);

class LineMerger {
public:
    static constexpr std::chrono::milliseconds silence_max{200};
    static constexpr std::chrono::seconds silence_max_among_others{5};
    static constexpr std::size_t line_size_max = 1024 * 1024;

    /// What can be written now, if anything.
    [[nodiscard]] std::optional<Text> push(const Source& source, std::string_view bytes, TimePoint now);
    /// The stream has ended: what is left of it.
    [[nodiscard]] std::optional<Text> finish(const Source& source);
    /// What was given for our stream of this number is not written yet, so nobody would see more of it sooner: its
    /// unfinished lines begin their wait anew.
    void on_backlog(std::uint8_t stream, TimePoint now);
    /// Unfinished lines of the root that have waited long enough.
    [[nodiscard]] std::vector<Text> take_silent(TimePoint now);
    /// All unfinished lines.
    [[nodiscard]] std::vector<Text> take_all();
    /// When take_silent has something to give.
    [[nodiscard]] std::optional<TimePoint> next_deadline() const;

private:
    struct Unfinished {
        std::string bytes;
        TimePoint since;  ///< when its last byte came
    };
    [[nodiscard]] TimePoint due(const Source& source, const Unfinished& line) const;

    std::map<Source, Unfinished> unfinished_;
    std::map<std::uint8_t, TimePoint> active_;  ///< by stream: when whole lines were given last
};

}  // namespace scoop::base
