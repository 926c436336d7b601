// Fuzzes the numbered links between hosts with any frames in any order, on both sides, between sending, reconnecting
// and letting time pass.
//
// A link that hears its own partner never fails, and one that hears anything else fails with a sentence or goes on.
#include <string>

#include "fuzz.hpp"
#include "protocol/link.hpp"

using namespace scoop;
using protocol::Link;

namespace {

constexpr std::size_t frames_max = 64;
constexpr std::uint64_t session = 7;

struct Sides {
    base::TimePoint now{};
    Link host = Link::connecting(0, session, now);
    Link root = Link::accepting(protocol::root_broker_number, now);
};

// What `from` has to say reaches `to`, or the part of it that the input lets through.
bool exchange(Link& from, Link& to, base::TimePoint now, std::uint8_t lost) {
    std::size_t number = 0;
    for (const std::string& frame : from.take_frames(now)) {
        if ((lost >> (number++ % 8) & 1) != 0) continue;
        if (!to.on_frame(frame, now)) return false;
    }
    return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    Sides sides;
    bool is_genuine = true;  // so far no side has heard a stranger
    for (std::size_t step = 0; !input.is_empty() && step < frames_max; ++step) {
        const std::uint8_t what = input.byte();
        Link& link = (what & 1) != 0 ? sides.host : sides.root;
        Link& other = (what & 1) != 0 ? sides.root : sides.host;
        switch (what >> 1 & 7) {
            case 0: link.send(std::string(input.chunk())); break;
            case 1: link.on_reconnect(); break;
            case 2: sides.now += std::chrono::milliseconds(100 * input.byte()); break;
            case 3: {
                is_genuine = false;
                const auto heard = link.on_frame(input.chunk(), sides.now);
                if (!heard) {
                    fuzz::require(!heard.error().sentence().empty());
                    return 0;
                }
                break;
            }
            default:
                if (exchange(link, other, sides.now, input.byte())) break;
                fuzz::require(!is_genuine);
                return 0;
        }
    }
    return 0;
}
