// StreamWriter: writes to one place from a thread of its own, because that may be a pipe nobody reads for an hour or a
// file server that takes its time.
//
// A thread rather than O_NONBLOCK: the flag would be set for everybody who shares the terminal or pipe. What is queued
// is bounded by the byte credit of the streams, which comes back only for what was written. The handle belongs to one
// thread.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "base/line_merger.hpp"
#include "base/wakeup.hpp"
#include "launcher/output_style.hpp"

namespace scoop::launcher {

struct StampedText {
    base::Text text;
    WallTime time;
};

struct WriteError {
    bool is_reader_gone = false;  ///< a pipe that nobody reads any more
    std::string sentence;         ///< what could not be written, and why
};

/// All of `bytes`, in pieces that lines of others do not cut. Gives up when `stop_fd` becomes readable.
[[nodiscard]] std::optional<WriteError> write_all(int fd, std::string_view bytes, int stop_fd);

class StreamWriter {
public:
    /// Writes one text, on the thread of the writer; gives up when `stop_fd` becomes readable.
    using Sink = std::function<std::optional<WriteError>(StampedText text, int stop_fd)>;
    /// So many texts are queued one by one; behind them the texts of each source are put together, so that many small
    /// ones take no more memory than their bytes.
    static constexpr std::size_t single_texts_max = 4096;

    /// `progress` is signalled when bytes were written or writing failed.
    StreamWriter(Sink sink, base::Wakeup& progress);
    /// Stops at once, unless a write blocks in the kernel: then it waits for it.
    ~StreamWriter();

    void write(StampedText text);
    /// Bytes written (or thrown away after an error) since the last call, by where they came from.
    [[nodiscard]] std::map<base::Source, std::uint32_t> take_written();
    /// The first error of a write. From then on everything is thrown away.
    [[nodiscard]] std::optional<WriteError> error() const;
    [[nodiscard]] bool is_idle() const;

private:
    void run();
    [[nodiscard]] StampedText take_front();

    Sink sink_;
    base::Wakeup& progress_;
    base::Wakeup stop_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<StampedText> queue_;                  ///< under mutex_
    std::map<base::Source, StampedText*> last_;      ///< under mutex_; the last text of a source in the queue
    std::map<base::Source, std::uint32_t> written_;  ///< under mutex_
    std::optional<WriteError> error_;                ///< under mutex_
    bool is_writing_ = false;                        ///< under mutex_
    bool is_stopping_ = false;                       ///< under mutex_
    std::thread thread_;
};

}  // namespace scoop::launcher
