#include "transport/gate_watch.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <utility>
#include <zmq.hpp>

namespace scoop::transport {

namespace {

constexpr std::size_t event_size = sizeof(std::uint16_t) + sizeof(std::int32_t);

// Of the descriptors that this process may have, the share that connections to one port may take which have not been
// let in. A process has two such ports at the most.
constexpr rlim_t undecided_share = 4;

std::size_t undecided_limit() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur / undecided_share;
}

}  // namespace

base::Result<GateWatch> GateWatch::open(Context& context, const Router& router, std::size_t unfinished_max) {
    base::UniqueFd nothing(::eventfd(0, EFD_CLOEXEC));
    base::UniqueFd spare(::eventfd(0, EFD_CLOEXEC));
    if (!nothing || !spare) return base::system_failure("watch a port");
    const int events = ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                       ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_DISCONNECTED;
    auto monitor = open_monitor(context, router, events);
    if (!monitor) return tl::unexpected(std::move(monitor.error()));
    return GateWatch(std::move(*monitor), unfinished_max, std::move(nothing), std::move(spare));
}

GateWatch::GateWatch(Socket events, std::size_t unfinished_max, base::UniqueFd nothing, base::UniqueFd spare)
    : events_(std::move(events)),
      undecided_max_(undecided_limit()),
      unfinished_max_(unfinished_max),
      nothing_(std::move(nothing)),
      spare_(std::move(spare)) {}

// With more hosts the process may have more descriptors, too.
void GateWatch::expect_more(std::size_t unfinished) {
    unfinished_max_ += unfinished;
    undecided_max_ = undecided_limit();
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
    take_events();
    return std::exchange(stranger_, std::nullopt);
}

void GateWatch::take_events() {
    while (const auto event = try_take_event()) {
        switch (event->number) {
            case ZMQ_EVENT_ACCEPTED: on_accepted(event->value); break;
            case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: ++let_in_; break;
            case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL: last_failed_ = Failed::unfinished; break;
            case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL: last_failed_ = Failed::against_the_protocol; break;
            default: on_end(event->value);
        }
    }
}

// libzmq tells our own address with its events. The descriptor may have been closed meanwhile: then nobody can tell.
void GateWatch::on_accepted(int fd) {
    Caller caller = caller_at(fd).value_or(Caller{});
    caller.number = ++callers_;
    undecided_[caller.number] = fd;
    open_[fd] = std::move(caller);
}

void GateWatch::on_end(int fd) {
    const auto ended = open_.extract(fd);
    if (ended) undecided_.erase(ended.mapped().number);
    if (!is_strange_end()) return;
    // Who was gone before its address was asked for may have left another connection open for longer.
    if (!stranger_ || stranger_->empty()) stranger_ = ended ? ended.mapped().address : "";
}

void GateWatch::on_let_in(int fd) {
    take_events();  // its beginning is among them
    if (const auto found = open_.find(fd); found != open_.end()) undecided_.erase(found->second.number);
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

void GateWatch::end_surplus() {
    while (undecided_.size() > undecided_max_) end_oldest();
}

// libzmq closes what we shut down. The number may mean another file by now, so we look at what it means and shut down
// that very file, through a descriptor of our own.
void GateWatch::end_oldest() {
    const int fd = undecided_.extract(undecided_.begin()).mapped();
    const auto& expected = open_[fd];
    if (::dup3(fd, spare_.get(), O_CLOEXEC) < 0) return;  // closed already
    const auto found = caller_at(spare_.get());
    if (found && found->address == expected.address && found->port == expected.port)
        ::shutdown(spare_.get(), SHUT_RDWR);
    ::dup3(nothing_.get(), spare_.get(), O_CLOEXEC);
}

// Nothing if that is no connection by TCP, or not any more.
std::optional<GateWatch::Caller> GateWatch::caller_at(int fd) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return std::nullopt;
    const bool is_ipv6 = address.ss_family == AF_INET6;
    if (!is_ipv6 && address.ss_family != AF_INET) return std::nullopt;
    const auto* ipv6 = reinterpret_cast<const sockaddr_in6*>(&address);
    const auto* ipv4 = reinterpret_cast<const sockaddr_in*>(&address);
    const void* number = is_ipv6 ? static_cast<const void*>(&ipv6->sin6_addr) : &ipv4->sin_addr;
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (::inet_ntop(address.ss_family, number, text.data(), text.size()) == nullptr) return std::nullopt;
    return Caller{text.data(), ntohs(is_ipv6 ? ipv6->sin6_port : ipv4->sin_port)};
}

}  // namespace scoop::transport
