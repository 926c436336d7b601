// ControlChannel: the node's side of the connection to the launcher. Never blocks. What is queued is bounded by the
// byte credits of the streams. One thread.
#pragma once

#include <optional>
#include <string_view>

#include "base/failure.hpp"
#include "base/unique_fd.hpp"
#include "base/write_queue.hpp"
#include "protocol/control.hpp"

namespace scoop::node {

class ControlChannel {
public:
    ControlChannel(base::UniqueFd read_fd, base::UniqueFd write_fd);

    /// The ready line and `hello`, in one piece: nothing may come before them.
    void send_greeting(const control::NodeHello& hello);
    /// Does nothing once the channel is closed: its end has been noticed then.
    void send(control::FrameType type, std::string_view payload = {});
    /// Ahead of everything that waits.
    void send_heartbeat();

    /// Takes what has come, once; messages are then there for next(). False at the end of the stream, in peace or not.
    [[nodiscard]] bool receive();
    [[nodiscard]] base::Result<std::optional<control::Message>> next() { return reader_.next(); }
    /// Writes what can be written. False if nobody is there any more to read it.
    [[nodiscard]] bool flush();
    void close();

    [[nodiscard]] bool is_open() const { return static_cast<bool>(read_fd_); }
    [[nodiscard]] bool has_unwritten() const { return !queue_.empty(); }
    [[nodiscard]] int read_fd() const { return read_fd_.get(); }
    [[nodiscard]] int write_fd() const { return write_fd_.get(); }

private:
    base::UniqueFd read_fd_;
    base::UniqueFd write_fd_;
    control::FrameReader reader_;
    base::WriteQueue queue_;
};

}  // namespace scoop::node
