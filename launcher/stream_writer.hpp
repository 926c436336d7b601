// StreamWriter: writes to our stdout or stderr from a thread of its own, because that may be a pipe nobody reads for an
// hour.
//
// A thread rather than O_NONBLOCK: the flag would be set for everybody who shares the terminal or pipe. What is queued
// is bounded by the byte credit of the streams, which comes back only for what was written. The handle belongs to one
// thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "base/line_merger.hpp"
#include "base/wakeup.hpp"

namespace scoop::launcher {

class StreamWriter {
public:
    /// `progress` is signalled when bytes were written or writing failed.
    StreamWriter(int fd, base::Wakeup& progress);
    /// Stops at once, unless a write blocks in the kernel: then it waits for it.
    ~StreamWriter();

    void write(base::Text text);
    /// Bytes written (or thrown away after an error) since the last call, by where they came from.
    [[nodiscard]] std::map<base::Source, std::uint32_t> take_written();
    /// The first error of a write; 0 while all is well. From then on everything is thrown away.
    [[nodiscard]] int error() const;
    [[nodiscard]] bool is_idle() const;

private:
    void run();
    /// Writes whole lines where they fit; returns the error number.
    int write_all(std::string_view bytes);

    int fd_;
    base::Wakeup& progress_;
    base::Wakeup stop_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<base::Text> queue_;                   ///< under mutex_; the front stays until it is written
    std::map<base::Source, std::uint32_t> written_;  ///< under mutex_
    int error_ = 0;                            ///< under mutex_
    bool is_stopping_ = false;                 ///< under mutex_
    std::thread thread_;
};

}  // namespace scoop::launcher
