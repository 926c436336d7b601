#include "transport/sockets.hpp"

#include <array>
#include <atomic>
#include <cstring>
#include <utility>
#include <zmq.hpp>

#include "base/assert.hpp"
#include "base/spinning.hpp"
#include "protocol/limits.hpp"
#include "transport/curve.hpp"

namespace scoop::transport {

namespace {

// How a broken network shows on TCP when nothing else is sent; a false alarm costs a reconnect, which links survive.
constexpr int tcp_heartbeat_ms = 5000;
constexpr int tcp_silence_ms = 15000;
constexpr int reconnect_first_ms = 50;
constexpr int reconnect_last_ms = 2000;
constexpr int connect_timeout_ms = 5000;
// A stranger that connects and says nothing is disconnected after this time.
constexpr int handshake_ms = 5000;
constexpr int listen_backlog = 1024;
constexpr int free_port_attempts_max = 16;
// From this size on a string is handed over instead of copied into the message.
constexpr std::size_t handover_size_min = 4096;

// ZMQ_ZAP_ENFORCE_DOMAIN: every libzmq since 4.3 takes it, but its header shows it to builds with draft features only.
constexpr zmq::sockopt::integral_option<93, int, true> zap_enforce_domain{};

// A signal may interrupt even calls that do not wait.
template <class Call>
auto uninterrupted(Call call) {
    for (;;) {
        try {
            return call();
        } catch (const zmq::error_t& error) {
            if (error.num() != EINTR) throw;
        }
    }
}

// A socket with the settings that all of ours share.
std::unique_ptr<zmq::socket_t> make_socket(Context& context, zmq::socket_type type) {
    auto socket = std::make_unique<zmq::socket_t>(context.zmq(), type);
    socket->set(zmq::sockopt::linger, 0);
    socket->set(zmq::sockopt::sndhwm, 0);
    socket->set(zmq::sockopt::rcvhwm, 0);
    socket->set(zmq::sockopt::ipv6, true);
    socket->set(zmq::sockopt::backlog, listen_backlog);
    socket->set(zmq::sockopt::handshake_ivl, handshake_ms);
    return socket;
}

void set_tcp_options(zmq::socket_t& socket) {
    socket.set(zmq::sockopt::maxmsgsize, protocol::tcp_frame_size_max);
    socket.set(zmq::sockopt::heartbeat_ivl, tcp_heartbeat_ms);
    socket.set(zmq::sockopt::heartbeat_timeout, tcp_silence_ms);
}

void use_client_keys(zmq::socket_t& socket, const control::CurveKeys& keys) {
    socket.set(zmq::sockopt::curve_serverkey, keys.server_public);
    socket.set(zmq::sockopt::curve_publickey, keys.public_key);
    socket.set(zmq::sockopt::curve_secretkey, keys.secret_key);
}

void use_server_key(zmq::socket_t& socket, const std::string& secret_key) {
    // Without the enforced domain libzmq lets every key in when nobody answers its questions.
    socket.set(zap_enforce_domain, true);
    socket.set(zmq::sockopt::zap_domain, gate_domain);
    socket.set(zmq::sockopt::curve_server, true);
    socket.set(zmq::sockopt::curve_secretkey, secret_key);
}

zmq::message_t make_message(std::string bytes) {
    if (bytes.size() < handover_size_min) return zmq::message_t(bytes.data(), bytes.size());
    // The flag only says to a thread sanitizer what libzmq guarantees: the bytes are complete before they are freed.
    struct Owned {
        std::string bytes;
        std::atomic<bool> is_complete{false};
    };
    auto* owned = new Owned{std::move(bytes)};
    owned->is_complete.store(true, std::memory_order_release);
    return zmq::message_t(
        owned->bytes.data(), owned->bytes.size(),
        [](void*, void* hint) {
            auto* done = static_cast<Owned*>(hint);
            if (done->is_complete.load(std::memory_order_acquire)) delete done;
        },
        owned);
}

bool try_receive_part(zmq::socket_t& socket, zmq::message_t& into) {
    return uninterrupted([&] { return socket.recv(into, zmq::recv_flags::dontwait); }).has_value();
}

// Drops the parts that our own sockets never send but a stranger's might. ZeroMQ delivers all parts or none.
void skip_rest(zmq::socket_t& socket, const zmq::message_t& last) {
    zmq::message_t part;
    bool more = last.more();
    while (more && try_receive_part(socket, part)) more = part.more();
}

auto zmq_failure(std::string attempt, const zmq::error_t& error) {
    return base::failure(std::move(attempt), error.what());
}

std::uint16_t bound_port(const zmq::socket_t& socket) {
    const std::string endpoint = socket.get(zmq::sockopt::last_endpoint);
    return static_cast<std::uint16_t>(std::stoul(endpoint.substr(endpoint.rfind(':') + 1)));
}

}  // namespace

Context::Context() : context_(std::make_unique<zmq::context_t>()) {}
Context::~Context() = default;

Frame::Frame(std::unique_ptr<zmq::message_t> message) : message_(std::move(message)) {}
Frame::Frame(Frame&&) noexcept = default;
Frame& Frame::operator=(Frame&&) noexcept = default;
Frame::~Frame() = default;
std::string_view Frame::view() const { return message_->to_string_view(); }
int Frame::source() const { return message_->get(ZMQ_SRCFD); }

Socket::Socket() = default;
Socket::Socket(std::unique_ptr<zmq::socket_t> socket) : socket_(std::move(socket)) {}
Socket::Socket(Socket&&) noexcept = default;
Socket& Socket::operator=(Socket&&) noexcept = default;
Socket::~Socket() = default;

void Socket::close(std::chrono::milliseconds linger) {
    if (!socket_) return;
    socket_->set(zmq::sockopt::linger, static_cast<int>(linger.count()));
    socket_.reset();
}

base::Result<Dealer> Dealer::connect(Context& context, const std::string& endpoint, const control::CurveKeys& keys) {
    try {
        auto socket = make_socket(context, zmq::socket_type::dealer);
        if (endpoint.starts_with("tcp:")) set_tcp_options(*socket);
        socket->set(zmq::sockopt::reconnect_ivl, reconnect_first_ms);
        socket->set(zmq::sockopt::reconnect_ivl_max, reconnect_last_ms);
        socket->set(zmq::sockopt::connect_timeout, connect_timeout_ms);
        if (!keys.server_public.empty()) use_client_keys(*socket, keys);
        socket->connect(endpoint);
        return Dealer(std::move(socket));
    } catch (const zmq::error_t& error) {
        return zmq_failure("connect " + endpoint, error);
    }
}

void Dealer::close(std::chrono::milliseconds linger) {
    if (events_.is_open()) end_monitor(*this);
    events_ = Socket();
    Socket::close(linger);
}

void Dealer::send(std::string bytes) {
    // Without a high-water mark there is always room; only after a refusal ZeroMQ gives the connection up, and nothing
    // that is said to it matters any more.
    auto message = make_message(std::move(bytes));
    (void)uninterrupted([&] { return zmq().send(message, zmq::send_flags::dontwait); });
}

std::optional<Frame> Dealer::try_receive() {
    auto message = std::make_unique<zmq::message_t>();
    if (!try_receive_part(zmq(), *message)) return std::nullopt;
    skip_rest(zmq(), *message);
    return Frame(std::move(message));
}

base::Result<void> Dealer::watch_connection(Context& context) {
    const int events = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                       ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL;
    auto monitor = open_monitor(context, *this, events);
    if (!monitor) return tl::unexpected(std::move(monitor.error()));
    events_ = std::move(*monitor);
    return {};
}

std::optional<ConnectionEvent> Dealer::try_take_event() {
    const auto bytes = events_.is_open() ? try_take_monitor_event(events_) : std::nullopt;
    if (!bytes) return std::nullopt;
    std::uint16_t event = 0;
    SCOOP_ASSERT(bytes->size() >= sizeof event);
    std::memcpy(&event, bytes->data(), sizeof event);
    if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) return ConnectionEvent::connected;
    return event == ZMQ_EVENT_DISCONNECTED ? ConnectionEvent::disconnected : ConnectionEvent::refused;
}

base::Result<Router> Router::bind_ipc(Context& context, const std::string& endpoint) {
    try {
        auto socket = make_socket(context, zmq::socket_type::router);
        socket->set(zmq::sockopt::router_mandatory, true);
        socket->bind(endpoint);
        return Router(std::move(socket));
    } catch (const zmq::error_t& error) {
        return zmq_failure("bind " + endpoint, error);
    }
}

base::Result<Router> Router::bind_tcp(Context& context, const std::string& server_secret_key,
                                      const TcpBinding& binding) {
    auto addresses = binding.addresses;
    if (addresses.empty()) addresses.emplace_back("*");
    // A port that the system has chosen for the first address may be taken on another one.
    const int attempts = binding.port_first == 0 ? free_port_attempts_max : binding.port_last - binding.port_first + 1;
    for (int attempt = 0;; ++attempt) {
        const auto port = static_cast<std::uint16_t>(binding.port_first == 0 ? 0 : binding.port_first + attempt);
        auto router = bind_port(context, server_secret_key, addresses, port);
        if (router || !router.error().can_retry || attempt + 1 == attempts) return router;
    }
}

// With port 0 the system chooses one. Whether another one may be free says the failure's can_retry.
base::Result<Router> Router::bind_port(Context& context, const std::string& server_secret_key,
                                       const std::vector<std::string>& addresses, std::uint16_t port) {
    std::string endpoint;
    try {
        auto socket = make_socket(context, zmq::socket_type::router);
        socket->set(zmq::sockopt::router_mandatory, true);
        set_tcp_options(*socket);
        use_server_key(*socket, server_secret_key);
        Router router(std::move(socket));
        for (const std::string& address : addresses) {
            endpoint = "tcp://" + address + ":" + (port == 0 ? "*" : std::to_string(port));
            router.zmq().bind(endpoint);
            port = bound_port(router.zmq());
        }
        router.port_ = port;
        return router;
    } catch (const zmq::error_t& error) {
        base::Failure failure{"bind " + endpoint, error.what(), {}, error.num() == EADDRINUSE};
        return tl::unexpected(std::move(failure));
    }
}

std::optional<Received> Router::try_receive() {
    zmq::message_t from;
    while (try_receive_part(zmq(), from)) {
        auto message = std::make_unique<zmq::message_t>();
        // A message without exactly two parts is not one of ours: whoever sent it is not heard.
        if (!from.more() || !try_receive_part(zmq(), *message)) continue;
        if (!message->more()) return Received{from.to_string(), Frame(std::move(message))};
        skip_rest(zmq(), *message);
    }
    return std::nullopt;
}

bool Router::send(const RoutingId& to, std::string bytes) {
    auto message = make_message(std::move(bytes));
    const auto flags = zmq::send_flags::dontwait;
    try {
        const auto sent = uninterrupted([&] { return zmq().send(zmq::buffer(to), flags | zmq::send_flags::sndmore); });
        if (!sent) return false;
        // Nothing is full without a high-water mark; a connection that ended between the parts swallows the second.
        return uninterrupted([&] { return zmq().send(message, flags); }).has_value();
    } catch (const zmq::error_t& error) {
        if (error.num() == EHOSTUNREACH) return false;
        throw;
    }
}

base::Result<Socket> open_monitor(Context& context, const Socket& of, int events) {
    // The name only has to be unique within the context; the address of the socket is, while it lives.
    const std::string endpoint = "inproc://watch-" + std::to_string(reinterpret_cast<std::uintptr_t>(&of.zmq()));
    try {
        // zmq::monitor_t would do, but it hides the socket that has to be polled.
        if (zmq_socket_monitor(of.zmq().handle(), endpoint.c_str(), events) != 0) throw zmq::error_t();
        auto socket = make_socket(context, zmq::socket_type::pair);
        socket->connect(endpoint);
        return Socket(std::move(socket));
    } catch (const zmq::error_t& error) {
        return zmq_failure("watch a connection", error);
    }
}

void end_monitor(const Socket& of) { zmq_socket_monitor(of.zmq().handle(), nullptr, 0); }

std::optional<std::string> try_take_monitor_event(const Socket& monitor) {
    zmq::message_t message;
    if (!try_receive_part(monitor.zmq(), message)) return std::nullopt;
    skip_rest(monitor.zmq(), message);
    return message.to_string();
}

bool poll(std::span<PollItem> items, std::optional<std::chrono::milliseconds> limit) {
    SCOOP_ASSERT(items.size() <= poll_items_max);
    std::array<zmq::pollitem_t, poll_items_max> polled{};
    for (std::size_t i = 0; i < items.size(); ++i) {
        void* socket = items[i].socket_ ? items[i].socket_->zmq().handle() : nullptr;
        polled[i] = {socket, items[i].fd_, ZMQ_POLLIN, 0};
    }
    // A signal counts as nothing readable: the caller looks at its clock and its flags, and comes back.
    const auto look = [&](long ms) { return zmq_poll(polled.data(), static_cast<int>(items.size()), ms); };
    int ready = 0;
    if (base::is_spinning()) {
        const auto deadline = limit ? base::Clock::now() + *limit : base::TimePoint::max();
        base::spin_until(deadline, [&] { return (ready = look(0)) != 0; });
    } else {
        ready = look(limit ? static_cast<long>(limit->count()) : -1);
    }
    for (std::size_t i = 0; i < items.size(); ++i) items[i].readable_ = ready > 0 && polled[i].revents != 0;
    return ready > 0;
}

void poll(std::span<const Socket* const> sockets, base::PollSet& others, std::chrono::milliseconds limit) {
    std::vector<zmq::pollitem_t> polled;
    for (const Socket* socket : sockets) polled.push_back({socket->zmq().handle(), 0, ZMQ_POLLIN, 0});
    for (const pollfd& one : others.descriptors()) {
        const int events =
            ((one.events & POLLIN) != 0 ? ZMQ_POLLIN : 0) | ((one.events & POLLOUT) != 0 ? ZMQ_POLLOUT : 0);
        polled.push_back({nullptr, one.fd, static_cast<short>(events), 0});
    }
    if (zmq_poll(polled.data(), static_cast<int>(polled.size()), static_cast<long>(limit.count())) <= 0) return;
    for (std::size_t k = 0; k < others.descriptors().size(); ++k)
        others.set_ready(k, polled[sockets.size() + k].revents);
    others.call_handlers();
}

}  // namespace scoop::transport
