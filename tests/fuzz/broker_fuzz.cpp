// Fuzzes brokers with messages that can be read and make no sense: any peer says anything in any order, peers die, and
// upstream says what it likes.
//
// The core never stops: who breaks the protocol is dropped, upstream is a Failure, and a job's other peers are served.
#include <string>
#include <vector>

#include "broker/broker_core.hpp"
#include "fuzz.hpp"
#include "protocol/codec.hpp"
#include "protocol/version.hpp"

using namespace scoop;
using namespace scoop::broker;

namespace {

constexpr std::uint32_t peers = 3;
constexpr std::size_t steps_max = 64;

CoreConfig make_config(std::uint8_t flags) {
    CoreConfig config;
    for (std::uint32_t peer = 0; peer < peers; ++peer) {
        // A host's broker has its workers as peers, the root broker hosts.
        config.peers[peer] =
            (flags & 1) != 0 ? std::vector<base::Rank>{peer} : std::vector<base::Rank>{2 * peer, 2 * peer + 1};
        config.peer_names[peer] = "peer " + std::to_string(peer);
    }
    config.has_upstream = (flags & 1) != 0;
    config.replaces_workers = (flags & 2) != 0;
    if ((flags & 4) != 0) config.peer_tags[1] = 1;
    if ((flags & 8) != 0) config.idle_ranks.insert(0);
    return config;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const CoreConfig config = make_config(input.byte());
    BrokerCore core(config);
    for (std::uint32_t peer = 0; peer < peers; ++peer) (void)core.on_hello({protocol::version, peer, 0});
    for (std::size_t step = 0; !input.is_empty() && step < steps_max; ++step) {
        const std::uint8_t what = input.byte();
        const std::uint32_t peer = what % peers;
        if (what < 16) {
            Departure departure{"it died", {9, 0}};
            departure.is_replaced = (what & 8) != 0;
            (void)core.on_peer_down(peer, departure);
        } else if (auto message = protocol::decode(input.chunk())) {
            if (const auto* hello = std::get_if<protocol::Hello>(&*message))
                (void)core.on_hello(*hello);
            else if (what < 224)
                core.on_message(peer, std::move(*message));
            else if (config.has_upstream && !core.on_upstream(std::move(*message)))
                return 0;
        } else {
            core.on_malformed(peer, message.error().reason);
        }
        for (const Action& action : core.take_actions())
            if (const auto* down = std::get_if<SendToPeer>(&action)) fuzz::require(down->peer < peers);
        if (core.is_gathering() && (what & 32) != 0) core.end_gathering();
    }
    return 0;
}
