#include "transport/guarded_port.hpp"

namespace scoop::transport {

namespace {

// Connections that may break off in the middle of their handshake: as many as a host tries addresses, and some for
// networks that break them.
constexpr std::size_t unfinished_per_host = 64;
constexpr std::size_t unfinished_spare = 64;

}  // namespace

base::Result<GuardedPort> GuardedPort::open(Context& context, const std::string& server_secret_key,
                                            const TcpBinding& binding, std::size_t hosts) {
    auto gate = ClientGate::open(context, {});
    if (!gate) return tl::unexpected(std::move(gate.error()));
    auto router = Router::bind_tcp(context, server_secret_key, binding);
    if (!router) return tl::unexpected(std::move(router.error()));
    auto watch = GateWatch::open(context, *router, unfinished_spare + unfinished_per_host * hosts);
    if (!watch) return tl::unexpected(std::move(watch.error()));
    return GuardedPort(std::move(*gate), std::move(*router), std::move(*watch));
}

void GuardedPort::expect_host() { watch_.expect_more(unfinished_per_host); }

std::optional<std::string> GuardedPort::take_stranger() {
    auto refused = gate_.answer_all();
    auto strange = watch_.try_take_stranger();
    auto& stranger = refused ? refused : strange;
    if (!stranger || std::exchange(has_told_, true)) return std::nullopt;
    return std::move(stranger);
}

std::string stranger_note(std::string_view address) {
    constexpr std::string_view mapped = "::ffff:";  // of IPv4 in IPv6, RFC 4291
    if (address.starts_with(mapped)) address.remove_prefix(mapped.size());
    return "somebody who has not got this job's keys tries to connect to it" +
           (address.empty() ? "" : ", from " + std::string(address)) +
           "; nobody without them is let in, and the job goes on";
}

}  // namespace scoop::transport
