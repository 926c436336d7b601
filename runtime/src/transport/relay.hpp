// Relay: byte streams inside of a control channel, for a host that cannot connect to the root broker.
//
//   host's broker ── Unix socket ── node: Relay ══ frames relay, relay_credit ══ Relay: launcher ── TCP ── root broker
//
// Each connection that the node accepts has a number, greater than those before; the first bytes of a new number open
// the connection on the other side, empty bytes end it on both. What either side may have under way is limited by
// credit, so a slow reader slows its writer and nothing grows. What is lost with a connection the numbered link between
// the brokers sends again. The bytes are encrypted between the brokers (CURVE); here nobody can read them. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/failure.hpp"
#include "base/poll_set.hpp"
#include "base/unique_fd.hpp"
#include "base/write_queue.hpp"
#include "protocol/control.hpp"

namespace scoop::transport {

class Relay {
public:
    /// Puts a frame into the control channel.
    using Send = std::function<void(control::FrameType type, std::string_view payload)>;
    /// A connection for a number that the other side has opened, non-blocking.
    using Connect = std::function<base::Result<base::UniqueFd>()>;

    /// More at a time are refused: a broker has one, and another one while it connects anew.
    static constexpr std::size_t streams_max = 16;

    /// Without `connect` only our side begins connections, by add().
    explicit Relay(Send send, Connect connect = {}) : send_(std::move(send)), connect_(std::move(connect)) {}

    /// Carries a connection under a number of its own. It must not block.
    void add(base::UniqueFd connection);
    /// A frame `relay` or `relay_credit` has come. A Failure: the other side breaks the rules.
    [[nodiscard]] base::Result<void> on_message(const control::Message& message);
    void watch(base::PollSet& poll_set);
    /// Ends all connections; the other side is gone.
    void close() { streams_.clear(); }

    [[nodiscard]] std::size_t streams() const { return streams_.size(); }

private:
    struct Stream {
        base::UniqueFd fd;
        base::WriteQueue to_fd;
        std::uint32_t credit = control::relay_credit_first;  ///< bytes that we may still send
    };
    [[nodiscard]] base::Result<void> on_chunk(const control::RelayChunk& chunk);
    [[nodiscard]] base::Result<void> on_credit(const control::RelayCredit& credit);
    void open(std::uint32_t number);
    void on_readable(std::uint32_t number);
    /// False: the connection is over.
    bool write(std::uint32_t number, Stream& stream);
    /// Tells the other side, unless it knows.
    void end(std::uint32_t number);

    Send send_;
    Connect connect_;
    std::map<std::uint32_t, Stream> streams_;
    std::uint32_t last_number_ = 0;
};

}  // namespace scoop::transport
