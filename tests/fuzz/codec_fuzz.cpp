// Fuzzes what reads bytes of other processes: the codec of messages and the frames of links.
//
// Whatever the codec accepts must come out of it again byte for byte; a link must survive any frame.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "protocol/codec.hpp"
#include "protocol/link.hpp"

using namespace scoop;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (const auto message = protocol::decode(bytes); message && protocol::encode(*message) != bytes) std::abort();

    const base::TimePoint now{};
    auto link = protocol::Link::accepting(protocol::root_broker_number, now);
    link.send("unacknowledged");
    // The input twice: the first frame may open the session, and the second then meets a link in mid-session.
    for (int i = 0; i < 2; ++i) {
        if (!link.on_frame(bytes, now)) break;
        (void)link.take_frames(now);
    }
    return 0;
}
