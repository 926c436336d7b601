// GuardedPort: a TCP Router with what keeps strangers out of it: its ClientGate lets only known keys in, its GateWatch
// bounds those who have not been let in yet. One thread, that of its maker.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/failure.hpp"
#include "transport/curve.hpp"
#include "transport/gate_watch.hpp"
#include "transport/sockets.hpp"

namespace scoop::transport {

class GuardedPort {
public:
    /// Binds a free port. The only one of its context. `hosts`: so many of ours will come by it.
    [[nodiscard]] static base::Result<GuardedPort> open(Context& context, const std::string& server_secret_key,
                                                        const TcpBinding& binding, std::size_t hosts);

    [[nodiscard]] Router& router() { return router_; }
    [[nodiscard]] std::uint16_t port() const { return router_.port(); }
    void allow(std::string client_public_key) { gate_.allow(std::move(client_public_key)); }
    /// One more host of ours will come.
    void expect_host();

    /// What to poll; when one of them is readable, take_stranger(), receive from the router, and end_surplus().
    [[nodiscard]] std::vector<const Socket*> sockets() const { return {&router_, &gate_, &watch_.events()}; }
    /// Answers the questions that have come and takes in what has happened. Somebody was turned away for the first
    /// time: from where, as far as that can be told ("" if not).
    [[nodiscard]] std::optional<std::string> take_stranger();
    /// What came by the connection with this descriptor was said by a host of ours.
    void on_let_in(int fd) { watch_.on_let_in(fd); }
    /// Ends the oldest connections of too many that have said nothing yet.
    void end_surplus() { watch_.end_surplus(); }

    void close(std::chrono::milliseconds linger) { router_.close(linger); }

private:
    GuardedPort(ClientGate gate, Router router, GateWatch watch)
        : gate_(std::move(gate)), watch_(std::move(watch)), router_(std::move(router)) {}
    ClientGate gate_;
    GateWatch watch_;
    Router router_;  // closed before its watch
    bool has_told_ = false;
};

/// A line about somebody from there.
[[nodiscard]] std::string stranger_note(std::string_view address);

}  // namespace scoop::transport
