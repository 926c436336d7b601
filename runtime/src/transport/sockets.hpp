// Sockets between workers and brokers: Dealer connects, Router binds. The one interface to ZeroMQ; its headers stay in
// the .cpp files of this directory.
//
// A Context belongs to a process part (a comm thread, a broker) and outlives its sockets. A socket belongs to the
// thread that made it. Nothing here blocks but poll(). Sending never declines for want of room: what may be under way
// is bounded by the protocol (nothing is exported unasked), not by socket buffers.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/failure.hpp"
#include "base/poll_set.hpp"
#include "protocol/control.hpp"
#include "transport/tcp_binding.hpp"

namespace zmq {  // of cppzmq, which only the .cpp files here include
class context_t;
class message_t;
class socket_t;
}  // namespace zmq

namespace scoop::transport {

/// The I/O thread and what the sockets share. The destructor waits for closing sockets (see `close`).
class Context {
public:
    Context();
    ~Context();
    [[nodiscard]] zmq::context_t& zmq() const { return *context_; }

private:
    std::unique_ptr<zmq::context_t> context_;
};

/// The bytes of one received message, without a copy.
class Frame {
public:
    explicit Frame(std::unique_ptr<zmq::message_t> message);
    Frame(Frame&&) noexcept;
    Frame& operator=(Frame&&) noexcept;
    ~Frame();
    [[nodiscard]] std::string_view view() const;
    /// The descriptor of the connection that it came by, which may be closed by now; negative if nobody knows.
    [[nodiscard]] int source() const;

private:
    std::unique_ptr<zmq::message_t> message_;
};

/// Owns one ZeroMQ socket; base of those below.
class Socket {
public:
    Socket();
    Socket(Socket&&) noexcept;
    Socket& operator=(Socket&&) noexcept;
    ~Socket();
    /// Closes; what was sent still goes out for up to `linger`, and the Context's destructor waits for that. The plain
    /// destructor drops it.
    void close(std::chrono::milliseconds linger);
    [[nodiscard]] zmq::socket_t& zmq() const { return *socket_; }
    explicit Socket(std::unique_ptr<zmq::socket_t> socket);
    [[nodiscard]] bool is_open() const { return socket_ != nullptr; }

private:
    std::unique_ptr<zmq::socket_t> socket_;
};

enum class ConnectionEvent : std::uint8_t {
    connected,     ///< the handshake is done; also after a reconnect
    disconnected,  ///< the connection broke; it is being made again
    refused,       ///< the other side does not know our keys
};

/// The connecting side. Reconnects by itself; what was under way when a connection broke is lost (links resend it).
class Dealer : public Socket {
public:
    /// Starts connecting to "ipc://…" or "tcp://…", with CURVE when `keys` are given. Fails on a malformed endpoint
    /// only.
    [[nodiscard]] static base::Result<Dealer> connect(Context& context, const std::string& endpoint,
                                                      const control::CurveKeys& keys = {});
    Dealer(Dealer&&) noexcept = default;
    Dealer& operator=(Dealer&&) noexcept = default;
    ~Dealer() { close(std::chrono::milliseconds(0)); }
    /// As Socket::close; connection events end with it.
    void close(std::chrono::milliseconds linger);
    /// What is sent before the connection stands waits for it.
    void send(std::string bytes);
    /// The next message, if one is there.
    [[nodiscard]] std::optional<Frame> try_receive();

    /// From now on connection events are kept for `try_take_event`. Poll `events()` to wait for them.
    [[nodiscard]] base::Result<void> watch_connection(Context& context);
    [[nodiscard]] const Socket& events() const { return events_; }
    [[nodiscard]] std::optional<ConnectionEvent> try_take_event();

private:
    using Socket::Socket;
    Socket events_;  // its monitor
};

/// Names a connection of a Router; chosen by ZeroMQ, a new one for every connection.
using RoutingId = std::string;

struct Received {
    RoutingId from;
    Frame bytes;
};

/// The binding side.
class Router : public Socket {
public:
    /// Binds "ipc://…". The directory must be private to the user: whoever can enter it can connect.
    [[nodiscard]] static base::Result<Router> bind_ipc(Context& context, const std::string& endpoint);
    /// Binds a free port with CURVE. Needs a ClientGate of the same context, made before: without one nobody passes.
    [[nodiscard]] static base::Result<Router> bind_tcp(Context& context, const std::string& server_secret_key,
                                                       const TcpBinding& binding = {});
    [[nodiscard]] std::uint16_t port() const { return port_; }  ///< of bind_tcp; else 0

    /// The next message, if one is there.
    [[nodiscard]] std::optional<Received> try_receive();
    /// False when that connection is gone.
    [[nodiscard]] bool send(const RoutingId& to, std::string bytes);

private:
    using Socket::Socket;
    [[nodiscard]] static base::Result<Router> bind_port(Context& context, const std::string& server_secret_key,
                                                        const std::vector<std::string>& addresses, std::uint16_t port);
    std::uint16_t port_ = 0;
};

/// The far end of libzmq's monitor of a socket: zmq_socket_monitor(3) with these events. One for each socket.
/// To be ended before what it returns is closed, unless `of` was: libzmq's thread waits for ever to tell an event that
/// nobody listens to.
[[nodiscard]] base::Result<Socket> open_monitor(Context& context, const Socket& of, int events);
void end_monitor(const Socket& of);
/// The first part of the next event from such a monitor, if one is there.
[[nodiscard]] std::optional<std::string> try_take_monitor_event(const Socket& monitor);

/// Something to wait for: a socket or a descriptor becoming readable.
class PollItem {
public:
    // NOLINTBEGIN(google-explicit-constructor): made to be written as {dealer, wakeup.fd()}
    PollItem(const Socket& socket) : socket_(&socket) {}
    PollItem(int fd) : fd_(fd) {}
    // NOLINTEND(google-explicit-constructor)
    [[nodiscard]] bool is_readable() const { return readable_; }

private:
    friend bool poll(std::span<PollItem> items, std::optional<std::chrono::milliseconds> limit);
    const Socket* socket_ = nullptr;
    int fd_ = -1;
    bool readable_ = false;
};

inline constexpr std::size_t poll_items_max = 16;

/// Waits until an item is readable or `limit` is over (none: for ever), and marks the readable ones. False: the limit
/// was reached, or a signal came.
bool poll(std::span<PollItem> items, std::optional<std::chrono::milliseconds> limit);

/// Waits until one of `sockets` is readable, something in `others` is ready, whose handlers are then called, or `limit`
/// is over.
void poll(std::span<const Socket* const> sockets, base::PollSet& others, std::chrono::milliseconds limit);

}  // namespace scoop::transport
