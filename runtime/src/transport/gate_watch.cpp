#include "transport/gate_watch.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <utility>
#include <zmq.hpp>

namespace scoop::transport {

namespace {

constexpr std::size_t event_size = sizeof(std::uint16_t) + sizeof(std::int32_t);

// libzmq tells our own address with its events. The descriptor may have been closed meanwhile: then nobody can tell.
std::string address_of_peer(int fd) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return "";
    std::array<char, INET6_ADDRSTRLEN> text{};
    const void* number = address.ss_family == AF_INET6
                             ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in6*>(&address)->sin6_addr)
                             : &reinterpret_cast<const sockaddr_in*>(&address)->sin_addr;
    if (::inet_ntop(address.ss_family, number, text.data(), text.size()) == nullptr) return "";
    return text.data();
}

}  // namespace

base::Result<GateWatch> GateWatch::open(Context& context, const Router& router, std::size_t unfinished_max) {
    const int events = ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                       ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_DISCONNECTED;
    auto monitor = open_monitor(context, router, events);
    if (!monitor) return tl::unexpected(std::move(monitor.error()));
    return GateWatch(std::move(*monitor), unfinished_max);
}

std::optional<GateWatch::Event> GateWatch::try_take_event() {
    const auto bytes = try_take_monitor_event(events_);
    if (!bytes || bytes->size() < event_size) return std::nullopt;
    std::uint16_t number = 0;
    std::int32_t value = 0;
    std::memcpy(&number, bytes->data(), sizeof number);
    std::memcpy(&value, bytes->data() + sizeof number, sizeof value);
    return Event{number, value};
}

std::optional<std::string> GateWatch::try_take_stranger() {
    while (const auto event = try_take_event()) {
        switch (event->number) {
            case ZMQ_EVENT_ACCEPTED: addresses_[event->value] = address_of_peer(event->value); break;
            case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: ++let_in_; break;
            case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL: last_failed_ = Failed::unfinished; break;
            case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL: last_failed_ = Failed::against_the_protocol; break;
            default: {
                auto address = addresses_.extract(event->value);
                if (is_strange_end()) return address.empty() ? "" : std::move(address.mapped());
            }
        }
    }
    return std::nullopt;
}

// What speaks no ZMTP at all ends without a word of failure, like a connection that was let in; only there cannot be
// more of the latter than were let in.
bool GateWatch::is_strange_end() {
    switch (std::exchange(last_failed_, Failed::no)) {
        case Failed::against_the_protocol: return true;
        case Failed::unfinished: return ++unfinished_ > unfinished_max_;
        case Failed::no: return ++ended_without_failure_ > let_in_;
    }
    return false;
}

}  // namespace scoop::transport
