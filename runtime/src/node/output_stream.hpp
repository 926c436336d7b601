// OutputStream: a worker's stdout or stderr on its way from the pipe into frames, no further than the byte credit goes.
// Without credit the pipe is not read, so that the writer is slowed down and nothing is lost. Where there is more in
// the pipe than may be sent, the cut is behind a line. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/unique_fd.hpp"
#include "protocol/control.hpp"

namespace scoop::node {

class OutputStream {
public:
    /// No pipe: the stream is inherited and never seen here, that is ended from the beginning.
    OutputStream(std::uint8_t number, base::UniqueFd pipe) : number_(number), pipe_(std::move(pipe)) {}

    [[nodiscard]] std::uint8_t number() const { return number_; }
    [[nodiscard]] int fd() const { return pipe_.get(); }
    [[nodiscard]] bool is_open() const { return static_cast<bool>(pipe_); }
    [[nodiscard]] bool wants_read() const { return is_open() && credit_ > kept_.size(); }

    /// The next bytes, at most one frame of them; empty: the stream has ended; nothing: there is nothing to send now.
    [[nodiscard]] std::optional<std::string> read(base::TimePoint now);
    void add_credit(std::uint32_t bytes);
    /// Nobody listens any more: what comes is read and thrown away.
    void discard();
    void close() { pipe_.reset(); }

    /// The writer has ended. What is in the pipe now is all it wrote; what comes later is from its children, who can
    /// hold the pipe for ever: they are heard for a moment only.
    void on_writer_exit(base::TimePoint now);
    /// After on_writer_exit: from when on there is nothing to wait for. Nothing: something the writer wrote is still to
    /// be read, or credit for it to come.
    [[nodiscard]] std::optional<base::TimePoint> drained_at() const;

    /// The last bytes read, for the report of a failed start.
    [[nodiscard]] const std::string& tail() const { return tail_; }

private:
    [[nodiscard]] std::size_t room_in_chunk() const;
    [[nodiscard]] std::size_t size_in_pipe() const;
    void keep_unfinished_line(std::string& bytes);

    std::uint8_t number_;
    base::UniqueFd pipe_;
    std::string kept_;  ///< the beginning of a line whose end is still in the pipe; less than a chunk and the credit
    std::uint64_t credit_ = control::stream_credit_first;
    std::size_t left_by_writer_ = 0;  ///< of what was not sent yet at its exit
    base::TimePoint writer_exit_{};
    base::TimePoint quiet_since_{};  ///< since the last byte or the writer's exit
    std::string tail_;
};

}  // namespace scoop::node
