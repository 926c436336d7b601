// Sockets between the processes of one host: LocalClient connects, LocalServer accepts. Unix stream sockets, written to
// by whoever has something to say: a message costs one system call and wakes nobody but its reader, where ZeroMQ's I/O
// threads on either side would each have to be woken too (docs/decisions/0002-local-sockets.md).
//
// Payloads in shared memory go beside a message: what is written then is their descriptor, which the receiver gets as
// one of its own, or their bytes where the system lets no more descriptors be under way.
//
// A connection that ends is a process that ended, so nothing is connected again. An object belongs to one thread.
// Nothing blocks; what the other side does not take yet waits here, and is bounded by the protocol (nothing is exported
// unasked).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/failure.hpp"
#include "base/unique_fd.hpp"
#include "protocol/bytes.hpp"

struct msghdr;

namespace scoop::transport {

/// What goes beside a message, at most attachments_max.
using Attachments = std::vector<protocol::Bytes>;

/// One connection: messages to bytes of the stream, each behind its size, and back.
class LocalStream {
public:
    using OnMessage = std::function<void(std::string_view message, Attachments&& attachments)>;

    /// `fd` is connected and non-blocking.
    explicit LocalStream(base::UniqueFd fd) : fd_(std::move(fd)) {}

    [[nodiscard]] int fd() const { return fd_.get(); }
    /// Writes what the other side takes at once and keeps the rest for flush(). To a connection that has ended it is
    /// lost.
    void send(std::string_view message, Attachments attachments = {});
    /// Whether something waits for the descriptor to become writable.
    [[nodiscard]] bool has_unsent() const { return !unsent_.empty(); }
    void flush();

    /// `broken`: what came is nothing that a LocalStream writes, or this process has no descriptor left for what came;
    /// see problem().
    enum class Input : std::uint8_t { open, ended, broken };
    /// Takes in what has come, a bounded number of bytes, and calls `on_message` for each message that is complete. The
    /// view is valid during the call, which may send but not destroy the stream.
    [[nodiscard]] Input receive(const OnMessage& on_message);
    [[nodiscard]] const std::string& problem() const { return problem_; }

private:
    struct Unsent {
        std::string bytes;
        Attachments attachments;  ///< their headers are at the begin of the bytes; none once some bytes are written
    };
    struct Written {
        std::size_t bytes = 0;
        bool were_descriptors_refused = false;
    };
    [[nodiscard]] Written write_now(std::string_view head, std::string_view message, const Attachments& attachments);
    [[nodiscard]] std::size_t wanted_room() const;
    void make_room();
    [[nodiscard]] bool take_descriptors(msghdr& header);
    [[nodiscard]] base::Result<protocol::Bytes> take_attachment(std::size_t size);

    base::UniqueFd fd_;
    std::deque<Unsent> unsent_;
    std::size_t unsent_written_ = 0;          // of the first
    std::deque<base::UniqueFd> descriptors_;  // that have come
    Attachments attachments_;                 // of the message that comes next
    std::string problem_;
    std::unique_ptr<char[]> input_;  // bytes from begin_ to end_ have come and were not handed out
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

class LocalClient {
public:
    /// `endpoint` is "ipc://" and the path of a LocalServer's socket.
    [[nodiscard]] static base::Result<LocalClient> connect(const std::string& endpoint);
    [[nodiscard]] LocalStream& stream() { return *stream_; }
    /// Sends what is left, for up to `linger`, and closes.
    void close(std::chrono::milliseconds linger);

private:
    explicit LocalClient(base::UniqueFd fd) : stream_(std::make_unique<LocalStream>(std::move(fd))) {}
    std::unique_ptr<LocalStream> stream_;
};

/// Names a connection of a LocalServer; none comes twice.
using ConnectionId = std::uint64_t;

class LocalServer {
public:
    /// Binds "ipc://…", in a directory that only the user can enter; other users' processes are not let in anyway.
    [[nodiscard]] static base::Result<LocalServer> bind(const std::string& endpoint);

    /// Readable when receive() or a connection's turn to write is due.
    [[nodiscard]] int fd() const { return epoll_.get(); }

    using OnMessage = std::function<void(ConnectionId, std::string_view, Attachments&&)>;
    /// `problem`: empty, or why what came last from there cannot be read.
    using OnEnd = std::function<void(ConnectionId, const std::string& problem)>;
    /// Lets in who wants to connect, writes what waits, and passes on what has come, a bounded number of bytes from
    /// each.
    void receive(const OnMessage& on_message, const OnEnd& on_end);
    /// False when that connection is gone.
    [[nodiscard]] bool send(ConnectionId to, std::string_view message, Attachments attachments = {});
    /// Sends what is left, for up to `linger`, and closes all.
    void close(std::chrono::milliseconds linger);

private:
    LocalServer(base::UniqueFd listener, base::UniqueFd epoll)
        : listener_(std::move(listener)), epoll_(std::move(epoll)) {}
    void accept_all();
    void watch(ConnectionId id, LocalStream& stream, int operation);

    struct Connection {
        std::unique_ptr<LocalStream> stream;
        bool waits_to_write = false;
    };
    base::UniqueFd listener_;
    base::UniqueFd epoll_;
    ConnectionId next_id_ = 1;
    std::unordered_map<ConnectionId, Connection> connections_;
};

}  // namespace scoop::transport
