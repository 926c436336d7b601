// Fuzzes what reads the control channel: the chatter of a login shell, the ready line, frames, and their payloads.
//
// The first byte chooses: a whole stream as scoop-run reads it from a host, in two pieces; or the payload of one type.
// A payload that is accepted says the same when it is written and read again.
#include <string>
#include <utility>

#include "fuzz.hpp"
#include "launcher/node_stream.hpp"
#include "protocol/control.hpp"
#include "protocol/node_usage.hpp"

using namespace scoop;

namespace {

template <class T>
void check(base::Result<T> (*parse)(std::string_view), std::string_view bytes) {
    const auto value = parse(bytes);
    if (!value) return fuzz::require(!value.error().sentence().empty());
    const std::string written = to_payload(*value);
    const auto again = parse(written);
    fuzz::require(again && to_payload(*again) == written);
}

void check_payload(control::FrameType type, std::string_view bytes) {
    using control::FrameType;
    switch (type) {
        case FrameType::hello: return check(control::parse_node_hello, bytes);
        case FrameType::job: return check(control::parse_job_description, bytes);
        case FrameType::worker: return check(control::parse_worker_config, bytes);
        case FrameType::ready: return check(control::parse_node_ready, bytes);
        case FrameType::output: return check(control::parse_output_chunk, bytes);
        case FrameType::credit: return check(control::parse_credit, bytes);
        case FrameType::exited: return check(control::parse_worker_exit, bytes);
        case FrameType::failed: return check(control::parse_start_failure, bytes);
        case FrameType::usage: return check(control::parse_node_usage, bytes);
        case FrameType::signal: return (void)control::parse_signal(bytes);
        default: return;
    }
}

void check_stream(std::string_view bytes) {
    launcher::NodeStream stream;
    const std::string_view pieces[] = {bytes.substr(0, bytes.size() / 2), bytes.substr(bytes.size() / 2)};
    for (const std::string_view piece : pieces) {
        stream.push(piece);
        for (;;) {
            const auto message = stream.next();
            fuzz::require(stream.noise().size() <= launcher::NodeStream::noise_size_max);
            if (!message) return fuzz::require(!message.error().sentence().empty());
            if (!*message) break;
            check_payload((*message)->type, (*message)->payload);
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const std::uint8_t type = input.byte();
    if (type == 0)
        check_stream(input.rest());
    else
        check_payload(static_cast<control::FrameType>(type), input.rest());
    return 0;
}
