#include "broker/lines.hpp"

#include <random>

#include "protocol/codec.hpp"
#include "protocol/limits.hpp"
#include "protocol/version.hpp"

namespace scoop::broker {

using namespace protocol;

// Workers -----------------------------------------------------------------------------------------------------------

base::Result<void> WorkerLines::open(transport::Context&, const BrokerConfig& config) {
    auto server = transport::LocalServer::bind(config.ipc_endpoint);
    if (!server) return tl::unexpected(std::move(server.error()));
    server_ = std::move(*server);
    return {};
}

base::Result<void> WorkerLines::add(transport::Context&, const JoiningHost& host, base::TimePoint) {
    return base::failure("take in " + host.peer.name, "this broker serves the workers of one host");
}

void WorkerLines::receive(base::TimePoint) {
    server_->receive([this](transport::ConnectionId from, std::string_view bytes,
                            transport::Attachments&& attachments) { on_message(from, bytes, std::move(attachments)); },
                     [this](transport::ConnectionId from, const std::string& problem) { on_end(from, problem); });
}

void WorkerLines::on_end(transport::ConnectionId from, const std::string& problem) {
    const auto peer = peer_of_.extract(from);
    if (!peer.empty() && !problem.empty()) core_.on_malformed(peer.mapped(), problem);
}

void WorkerLines::on_message(transport::ConnectionId from, std::string_view bytes,
                             transport::Attachments&& attachments) {
    auto message = decode(bytes, std::move(attachments));
    if (message && std::holds_alternative<Hello>(*message)) return on_hello(from, std::get<Hello>(*message));
    const auto peer = peer_of_.find(from);
    if (peer == peer_of_.end()) return;  // it has not said who it is, or was refused
    if (message)
        core_.on_message(peer->second, std::move(*message));
    else
        core_.on_malformed(peer->second, message.error().reason);
}

void WorkerLines::on_hello(transport::ConnectionId from, const Hello& hello) {
    if (const auto refusal = core_.on_hello(hello)) {
        (void)server_->send(from, encode(Refused{*refusal}));  // if it has left already, so much the better
        return;
    }
    forget(hello.peer);
    connections_[hello.peer] = from;
    peer_of_[from] = hello.peer;
    send(hello.peer, Welcome{});
}

void WorkerLines::send(std::uint32_t peer, const Message& message) {
    // A worker that cannot be reached has ended; its node reports that, and what it had is told lost then.
    const auto connection = connections_.find(peer);
    if (connection == connections_.end()) return;
    transport::Attachments attachments;
    const std::string bytes = encode(message, attachments);
    (void)server_->send(connection->second, bytes, std::move(attachments));
}

void WorkerLines::dismiss(std::uint32_t peer, const std::string& reason) {
    send(peer, Refused{reason});
    forget(peer);
}

// Whatever this process still says is not taken for words of its replacement.
void WorkerLines::forget(std::uint32_t peer) {
    const auto connection = connections_.find(peer);
    if (connection == connections_.end()) return;
    peer_of_.erase(connection->second);
    connections_.erase(connection);
}

// Hosts -------------------------------------------------------------------------------------------------------------

HostLines::HostLines(BrokerCore& core, const std::vector<std::uint32_t>& hosts, base::TimePoint now) : core_(core) {
    for (const auto host : hosts) lines_.emplace(host, Line{Link::accepting(root_broker_number, now)});
}

base::Result<void> HostLines::open(transport::Context& context, const BrokerConfig& config) {
    if (config.bind_tcp) {
        if (auto opened = open_tcp(context, {config.server_secret_key, config.tcp_binding}); !opened) return opened;
        for (const auto& key : config.allowed_client_keys) tcp_->allow(key);
    }
    return config.ipc_endpoint.empty() ? base::Result<void>{} : open_ipc(context, config.ipc_endpoint);
}

base::Result<void> HostLines::open_tcp(transport::Context& context, const TcpEntrance& entrance) {
    auto port = transport::GuardedPort::open(context, entrance.server_secret_key, entrance.binding, lines_.size());
    if (!port) return tl::unexpected(std::move(port.error()));
    tcp_.emplace(std::move(*port));
    return {};
}

base::Result<void> HostLines::open_ipc(transport::Context& context, const std::string& endpoint) {
    auto router = transport::Router::bind_ipc(context, endpoint);
    if (!router) return tl::unexpected(std::move(router.error()));
    ipc_ = std::move(*router);
    return {};
}

base::Result<void> HostLines::add(transport::Context& context, const JoiningHost& host, base::TimePoint now) {
    if (host.entrance && !tcp_)
        if (auto opened = open_tcp(context, *host.entrance); !opened) return opened;
    if (!host.ipc_endpoint.empty() && !ipc_)
        if (auto opened = open_ipc(context, host.ipc_endpoint); !opened) return opened;
    if (!host.client_key.empty()) tcp_->allow(host.client_key);
    if (tcp_) tcp_->expect_host();
    lines_.emplace(host.peer.number, Line{Link::accepting(root_broker_number, now)});
    return {};
}

void HostLines::add_to(std::vector<transport::PollItem>& items) const {
    if (ipc_) items.emplace_back(*ipc_);
    if (!tcp_) return;
    for (const auto* socket : tcp_->sockets()) items.emplace_back(*socket);
}

void HostLines::receive(base::TimePoint now) {
    if (ipc_) receive_from(*ipc_, now);
    if (!tcp_) return;
    if (auto address = tcp_->take_stranger()) stranger_ = std::move(address);
    receive_from(tcp_->router(), now);
    tcp_->end_surplus();
}

void HostLines::receive_from(transport::Router& router, base::TimePoint now) {
    for (int i = 0; i < frames_per_turn_max; ++i) {
        const auto frame = router.try_receive();
        if (!frame) return;
        on_frame(router, *frame, now);
    }
}

void HostLines::close(std::chrono::milliseconds linger) {
    if (ipc_) ipc_->close(linger);
    if (tcp_) tcp_->close(linger);
}

void HostLines::on_frame(transport::Router& router, const transport::Received& frame, base::TimePoint now) {
    const auto host = Link::sender_of(frame.bytes.view());
    const auto found = host ? lines_.find(*host) : lines_.end();
    if (found == lines_.end()) return;
    Line& line = found->second;
    const auto message = line.link.on_frame(frame.bytes.view(), now);
    if (!message) return core_.on_malformed(*host, message.error().reason);
    if (frame.from != line.route && frame.from != line.route_before) {
        line.route_before = std::exchange(line.route, frame.from);
        line.router = &router;
        if (tcp_ && line.router == &tcp_->router()) tcp_->on_let_in(frame.bytes.source());
        line.link.on_reconnect();
    }
    touch(*host, line);
    if (*message) on_message(*host, line, **message);
}

void HostLines::on_message(std::uint32_t host, Line& line, std::string_view bytes) {
    auto message = decode(bytes);
    if (!message) return core_.on_malformed(host, message.error().reason);
    const auto* hello = std::get_if<Hello>(&*message);
    if (!hello || hello->peer != host) return core_.on_message(host, std::move(*message));
    if (const auto refusal = core_.on_hello(*hello))
        line.link.send(encode(Refused{*refusal}));
    else
        line.link.send(encode(Welcome{}));
}

void HostLines::send(std::uint32_t peer, const Message& message) {
    const auto line = lines_.find(peer);
    if (line == lines_.end()) return;
    line->second.link.send(encode(message));
    touch(peer, line->second);
}

void HostLines::dismiss(std::uint32_t peer, const std::string& reason) {
    const auto line = lines_.find(peer);
    if (line == lines_.end() || std::exchange(line->second.is_dismissed, true)) return;
    send(peer, Refused{reason});
}

void HostLines::touch(std::uint32_t host, Line& line) {
    if (!std::exchange(line.is_touched, true)) touched_.push_back(host);
}

void HostLines::flush(base::TimePoint now) {
    for (auto due = deadlines_.begin(); due != deadlines_.end() && due->first <= now; ++due)
        touch(due->second, lines_.at(due->second));
    for (const auto host : std::exchange(touched_, {})) {
        Line& line = lines_.at(host);
        line.is_touched = false;
        for (auto& frame : line.link.take_frames(now)) {
            // The connection has ended: the link sends all of it again on the next one.
            if (!line.router || !line.router->send(line.route, std::move(frame))) break;
        }
        // A host that was dismissed is told so whenever it speaks, and is not called otherwise.
        deadlines_.erase({line.deadline, host});
        line.deadline = line.is_dismissed ? base::TimePoint::max() : line.link.deadline();
        if (line.deadline != base::TimePoint::max()) deadlines_.emplace(line.deadline, host);
    }
}

base::TimePoint HostLines::deadline() const {
    return deadlines_.empty() ? base::TimePoint::max() : deadlines_.begin()->first;
}

// Upstream ----------------------------------------------------------------------------------------------------------

base::Result<UpstreamLine> UpstreamLine::connect(transport::Context& context, const std::string& endpoint,
                                                 const control::CurveKeys& keys, base::HostIndex host,
                                                 base::TimePoint now) {
    auto dealer = transport::Dealer::connect(context, endpoint, keys);
    if (!dealer) return tl::unexpected(std::move(dealer.error()));
    if (auto watched = dealer->watch_connection(context); !watched) return tl::unexpected(std::move(watched.error()));
    std::random_device entropy;
    const std::uint64_t session = (std::uint64_t{entropy()} << 32) | entropy() | 1;
    UpstreamLine line(std::move(*dealer), Link::connecting(host, session, now), endpoint);
    line.send(Hello{version, host, 0});
    return line;
}

UpstreamLine::UpstreamLine(transport::Dealer dealer, Link link, std::string endpoint)
    : dealer_(std::move(dealer)), link_(std::move(link)), endpoint_(std::move(endpoint)) {}

UpstreamLine::News UpstreamLine::receive(BrokerCore& core, base::TimePoint now) {
    News news;
    while (const auto event = dealer_.try_take_event()) {
        if (*event == transport::ConnectionEvent::connected) link_.on_reconnect();
        if (*event == transport::ConnectionEvent::refused)
            news.refusal = "the root broker at " + endpoint_ + " does not accept the keys of this host";
    }
    for (int i = 0; i < frames_per_turn_max; ++i) {
        const auto frame = dealer_.try_receive();
        if (!frame) break;
        const auto message = link_.on_frame(frame->view(), now);
        if (!message)
            news.refusal = message.error().sentence();
        else if (*message)
            on_message(core, **message, news);
    }
    return news;
}

void UpstreamLine::on_message(BrokerCore& core, std::string_view bytes, News& news) {
    auto message = decode(bytes);
    if (!message) {
        news.refusal = message.error().sentence();
    } else if (std::holds_alternative<Welcome>(*message)) {
        news.was_welcomed = true;
    } else if (const auto* refused = std::get_if<Refused>(&*message)) {
        news.refusal = refused->sentence;
    } else if (const auto heard = core.on_upstream(std::move(*message)); !heard) {
        news.refusal = heard.error().sentence();
    }
}

void UpstreamLine::send(const Message& message) { link_.send(encode(message)); }

void UpstreamLine::flush(base::TimePoint now) {
    for (auto& frame : link_.take_frames(now)) dealer_.send(std::move(frame));
}

}  // namespace scoop::broker
