// BrokerThread: a broker on a thread of its own. The node runs the host's broker in one, the launcher the root broker.
//
// The handle may be used from any thread; it tells its owner of events through a descriptor to poll and take_events().
// Destroying it stops the thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/failure.hpp"
#include "base/ids.hpp"
#include "broker/broker_core.hpp"
#include "protocol/control.hpp"
#include "protocol/messages.hpp"
#include "protocol/tags.hpp"
#include "transport/tcp_binding.hpp"

namespace scoop::broker {

struct BrokerConfig {
    /// Who is one level down, and which ranks live there: for a host broker every rank of the host names itself
    /// (rank → {rank}); for the root broker host index → ranks of that host.
    std::map<std::uint32_t, std::vector<base::Rank>> peers;
    /// Names for messages, by peer number: "rank 3 on node2", "node2".
    std::map<std::uint32_t, std::string> peer_names;
    /// Tags of their hosts, where there are any.
    std::map<std::uint32_t, protocol::TagMask> peer_tags;
    /// Who only submits: a root that does not work.
    std::set<base::Rank> idle_ranks;
    /// Workers that end are replaced.
    bool replaces_workers = false;

    std::string ipc_endpoint;  ///< "ipc:///tmp/scoop-…/broker"; peers on this machine; in a directory only we can enter
    bool bind_tcp = false;     ///< root broker with hosts elsewhere, with CURVE
    transport::TcpBinding tcp_binding;  ///< where, with bind_tcp
    std::string server_secret_key;      ///< CURVE, with bind_tcp
    std::string server_public_key;
    std::vector<std::string> allowed_client_keys;  ///< CURVE public keys of the hosts; nobody else passes

    std::string upstream_endpoint;     ///< of the root broker; empty: this is the root broker, unless it is alone
    bool is_alone = false;             ///< a host's broker whose job has no root broker, for there is no other host
    control::CurveKeys upstream_keys;  ///< empty for an upstream on this machine
    base::HostIndex host = 0;          ///< our number, said to upstream
};

/// A door for hosts elsewhere.
struct TcpEntrance {
    std::string server_secret_key;  ///< CURVE
    transport::TcpBinding binding;
};

/// A host that joins the running job. Its entrance is bound if there is none of that kind yet.
struct JoiningHost {
    NewPeer peer;
    std::optional<TcpEntrance> entrance;  ///< of one elsewhere
    std::string client_key;               ///< its CURVE public key
    std::string ipc_endpoint;             ///< of one on this machine
};

struct AllPeersConnected {};  ///< every peer of the configuration has said Hello
struct UpstreamConnected {};  ///< Welcome came back
struct UpstreamRefused {
    std::string sentence;
};
struct BrokerNote {
    std::string text;
};  ///< worth a line for the user, once
struct StrangerSeen {
    std::string address;
};  ///< somebody without the job's keys was turned away for the first time; from there, or "" if nobody knows
struct PeerDrained {
    std::uint32_t peer;
};  ///< nobody would miss it now; follows drain(), unless it goes down before
using BrokerEvent = std::variant<AllPeersConnected, UpstreamConnected, UpstreamRefused, BrokerNote, StrangerSeen,
                                 CoreStatus, PeerDrained>;

class BrokerThread {
public:
    /// Binds, connects and starts. A Failure names the endpoint.
    [[nodiscard]] static base::Result<std::unique_ptr<BrokerThread>> start(BrokerConfig config);
    ~BrokerThread();

    /// The TCP port, when bind_tcp was asked for or a host elsewhere has been added; else 0.
    [[nodiscard]] std::uint16_t tcp_port() const;
    /// A peer is gone (its process ended, its host was lost): its tasks are reported lost to their owners, what it
    /// owned is forgotten, and nothing it still says is heard. To be told before its replacement is started.
    void peer_down(std::uint32_t peer, Departure departure);

    /// For the root broker: a host may come in from now on. A Failure names the endpoint. Waits for the broker's
    /// thread, which never blocks.
    [[nodiscard]] base::Result<void> add(JoiningHost host);

    /// A peer is to leave: nothing is given to it from now on, and PeerDrained follows when it has ended what it has.
    void drain(std::uint32_t peer);
    /// CoreStatus follows as an event, once for several calls that are near each other.
    void ask_status();

    [[nodiscard]] int event_fd() const;  ///< readable when there are events
    [[nodiscard]] std::vector<BrokerEvent> take_events();

private:
    class Impl;
    explicit BrokerThread(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace scoop::broker
