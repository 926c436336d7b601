// How a node finds the root broker: of all addresses the launcher offers it takes the first that answers. One thread.
//
// An answer is the first bytes of a ZeroMQ peer (ZMTP 3, https://rfc.zeromq.org/spec/23): a firewall or another program
// that merely accepts the connection is not taken for the broker.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/failure.hpp"
#include "base/poll_set.hpp"
#include "base/unique_fd.hpp"

namespace scoop::node {

struct TcpEndpoint {
    std::string address;  ///< numeric, without brackets: "10.0.0.1", "fe80::1%eth0"
    std::string port;
    friend bool operator==(const TcpEndpoint&, const TcpEndpoint&) = default;
};

/// "tcp://10.0.0.1:4000" or "tcp://[fe80::1%eth0]:4000"; nothing if it is neither.
[[nodiscard]] std::optional<TcpEndpoint> parse_tcp_endpoint(std::string_view endpoint);
[[nodiscard]] std::string to_text(const TcpEndpoint& endpoint);

/// All endpoints worth a try, the likeliest first, none twice: before those the launcher offers come the same ports at
/// the address the SSH session came from, for that one is known to be reachable in the other direction.
/// `ssh_connection` is the variable SSH_CONNECTION (sshd(8)), which may be empty.
[[nodiscard]] std::vector<std::string> probe_candidates(const std::vector<std::string>& offered,
                                                        std::string_view ssh_connection);

class AddressProbe {
public:
    /// Begins to connect to all of them at once.
    AddressProbe(const std::vector<std::string>& endpoints, base::TimePoint give_up_at);

    void watch(base::PollSet& poll_set);
    /// Our own clock stood still for so long.
    void on_pause(base::Duration pause) { give_up_at_ += pause; }

    /// The endpoint that answered; of several the likeliest.
    [[nodiscard]] std::optional<std::string> answered() const;
    /// All have failed, or the time is over.
    [[nodiscard]] bool has_failed(base::TimePoint now) const;
    /// Names every address and what happened there.
    [[nodiscard]] base::Failure failure() const;
    [[nodiscard]] base::TimePoint give_up_at() const { return give_up_at_; }

private:
    enum class State { connecting, connected, answered, failed };
    struct Attempt {
        std::string endpoint;
        base::UniqueFd fd;
        State state = State::connecting;
        std::string heard;   ///< the bytes of its answer so far
        std::string reason;  ///< why it failed
    };
    static void begin(Attempt& attempt);
    static void on_ready(Attempt& attempt);
    static void hear(Attempt& attempt);
    static void fail(Attempt& attempt, std::string reason);

    std::vector<Attempt> attempts_;
    base::TimePoint give_up_at_;
};

}  // namespace scoop::node
