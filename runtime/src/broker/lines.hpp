// Lines: how a broker reaches those one level down and the one above. They own the sockets, turn frames into messages
// for the core and messages into frames; what to say is the core's business. Owned and used by a BrokerLoop, on its
// thread.
//
//   WorkerLines   workers on this machine, plain messages over local sockets: where one ends, a process has ended
//   HostLines     the hosts' brokers, each through a numbered link that survives its connections
//   UpstreamLine  the root broker, through the other end of such a link
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/failure.hpp"
#include "broker/broker_core.hpp"
#include "broker/broker_thread.hpp"
#include "protocol/link.hpp"
#include "protocol/messages.hpp"
#include "transport/guarded_port.hpp"
#include "transport/local.hpp"
#include "transport/sockets.hpp"

namespace scoop::broker {

/// Those one level down, of either kind.
class PeerLines {
public:
    virtual ~PeerLines() = default;
    /// Binds. A Failure names the endpoint.
    [[nodiscard]] virtual base::Result<void> open(transport::Context& context, const BrokerConfig& config) = 0;
    /// Makes room for a peer that joins late, binding what it needs.
    [[nodiscard]] virtual base::Result<void> add(transport::Context& context, const JoiningHost& host,
                                                 base::TimePoint now) = 0;
    /// Adds what receive() is to be called for.
    virtual void add_to(std::vector<transport::PollItem>& items) const = 0;
    /// Passes on to the core what came in, a bounded amount.
    virtual void receive(base::TimePoint now) = 0;
    /// Once: somebody tried to connect who may not, from this address ("" if nobody knows).
    [[nodiscard]] virtual std::optional<std::string> take_stranger() { return std::nullopt; }
    virtual void send(std::uint32_t peer, const protocol::Message& message) = 0;
    /// The last word to a peer that is down: should it still be there, it ends.
    virtual void dismiss(std::uint32_t peer, const std::string& reason) = 0;
    /// Hands everything to the sockets; to be called after events and at the deadline.
    virtual void flush(base::TimePoint now) = 0;
    [[nodiscard]] virtual base::TimePoint deadline() const = 0;
    [[nodiscard]] virtual std::uint16_t tcp_port() const { return 0; }
    /// Closes when everything has gone out, or after `linger`.
    virtual void close(std::chrono::milliseconds linger) = 0;
};

class WorkerLines : public PeerLines {
public:
    explicit WorkerLines(BrokerCore& core) : core_(core) {}
    [[nodiscard]] base::Result<void> open(transport::Context& context, const BrokerConfig& config) override;
    /// Workers do not join: their host does, with all it has.
    [[nodiscard]] base::Result<void> add(transport::Context& context, const JoiningHost& host,
                                         base::TimePoint now) override;
    void add_to(std::vector<transport::PollItem>& items) const override { items.emplace_back(server_->fd()); }
    void receive(base::TimePoint now) override;
    void send(std::uint32_t peer, const protocol::Message& message) override;
    void dismiss(std::uint32_t peer, const std::string& reason) override;
    void flush(base::TimePoint) override {}
    [[nodiscard]] base::TimePoint deadline() const override { return base::TimePoint::max(); }
    void close(std::chrono::milliseconds linger) override { server_->close(linger); }

private:
    void on_message(transport::ConnectionId from, std::string_view bytes, transport::Attachments&& attachments);
    void on_end(transport::ConnectionId from, const std::string& problem);
    void on_hello(transport::ConnectionId from, const protocol::Hello& hello);
    void forget(std::uint32_t peer);

    BrokerCore& core_;
    std::optional<transport::LocalServer> server_;
    std::unordered_map<std::uint32_t, transport::ConnectionId> connections_;  // by peer
    std::unordered_map<transport::ConnectionId, std::uint32_t> peer_of_;
};

class HostLines : public PeerLines {
public:
    HostLines(BrokerCore& core, const std::vector<std::uint32_t>& hosts, base::TimePoint now);
    [[nodiscard]] base::Result<void> open(transport::Context& context, const BrokerConfig& config) override;
    [[nodiscard]] base::Result<void> add(transport::Context& context, const JoiningHost& host,
                                         base::TimePoint now) override;
    void add_to(std::vector<transport::PollItem>& items) const override;
    void receive(base::TimePoint now) override;
    [[nodiscard]] std::optional<std::string> take_stranger() override { return std::exchange(stranger_, {}); }
    void send(std::uint32_t peer, const protocol::Message& message) override;
    void dismiss(std::uint32_t peer, const std::string& reason) override;
    void flush(base::TimePoint now) override;
    [[nodiscard]] base::TimePoint deadline() const override;
    [[nodiscard]] std::uint16_t tcp_port() const override { return tcp_ ? tcp_->port() : 0; }
    void close(std::chrono::milliseconds linger) override;

private:
    struct Line {
        protocol::Link link;
        transport::Router* router = nullptr;
        transport::RoutingId route{};
        transport::RoutingId
            route_before{};  // frames of a connection that ended may still come in after the next one's
        base::TimePoint deadline = base::TimePoint::max();
        bool is_touched = false;
        bool is_dismissed = false;
    };
    [[nodiscard]] base::Result<void> open_tcp(transport::Context& context, const TcpEntrance& entrance);
    [[nodiscard]] base::Result<void> open_ipc(transport::Context& context, const std::string& endpoint);
    void receive_from(transport::Router& router, base::TimePoint now);
    void on_frame(transport::Router& router, const transport::Received& frame, base::TimePoint now);
    void on_message(std::uint32_t host, Line& line, std::string_view bytes);
    void touch(std::uint32_t host, Line& line);

    BrokerCore& core_;
    std::optional<std::string> stranger_;
    std::optional<transport::Router> ipc_;
    std::optional<transport::GuardedPort> tcp_;
    std::unordered_map<std::uint32_t, Line> lines_;
    std::vector<std::uint32_t> touched_;
    std::set<std::pair<base::TimePoint, std::uint32_t>> deadlines_;
};

class UpstreamLine {
public:
    /// Starts to connect; the first message is Hello.
    [[nodiscard]] static base::Result<UpstreamLine> connect(transport::Context& context, const std::string& endpoint,
                                                            const control::CurveKeys& keys, base::HostIndex host,
                                                            base::TimePoint now);
    [[nodiscard]] transport::Dealer& dealer() { return dealer_; }

    struct News {
        bool was_welcomed = false;
        std::optional<std::string> refusal;  ///< why it is over between us and upstream
    };
    /// Passes on to the core what has come in, a bounded number of frames.
    [[nodiscard]] News receive(BrokerCore& core, base::TimePoint now);
    void send(const protocol::Message& message);
    void flush(base::TimePoint now);
    [[nodiscard]] base::TimePoint deadline() const { return link_.deadline(); }

private:
    UpstreamLine(transport::Dealer dealer, protocol::Link link, std::string endpoint);
    void on_message(BrokerCore& core, std::string_view bytes, News& news);

    transport::Dealer dealer_;
    protocol::Link link_;
    std::string endpoint_;
};

/// Frames that one socket may bring before the others have their turn.
inline constexpr int frames_per_turn_max = 256;

}  // namespace scoop::broker
