#include "transport/relay.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace scoop::transport {

namespace {

using control::FrameType;

// With its head a chunk fills a frame of the control channel.
constexpr std::size_t chunk_size = control::frame_size_max - 64;

tl::unexpected<base::Failure> refused(std::string reason) {
    return base::failure("read the relay of the control channel", std::move(reason));
}

}  // namespace

void Relay::add(base::UniqueFd connection) {
    if (streams_.size() < streams_max) streams_[++last_number_].fd = std::move(connection);
}

base::Result<void> Relay::on_message(const control::Message& message) {
    if (message.type == FrameType::relay) {
        const auto chunk = control::parse_relay_chunk(message.payload);
        return chunk ? on_chunk(*chunk) : tl::unexpected(chunk.error());
    }
    const auto credit = control::parse_relay_credit(message.payload);
    return credit ? on_credit(*credit) : tl::unexpected(credit.error());
}

base::Result<void> Relay::on_chunk(const control::RelayChunk& chunk) {
    if (chunk.number > last_number_ && !chunk.bytes.empty()) {
        if (!connect_) return refused("a connection was opened by the side that opens none");
        if (streams_.size() >= streams_max) return refused("there are too many connections");
        open(chunk.number);
    }
    const auto found = streams_.find(chunk.number);
    if (found == streams_.end()) return {};  // it has ended here, which the other side did not know yet
    Stream& stream = found->second;
    if (chunk.bytes.empty()) {
        // What its reader has not taken by now is lost with the connection, as with any that breaks.
        (void)stream.to_fd.write_to(stream.fd.get());
        streams_.erase(found);
        return {};
    }
    if (stream.to_fd.size() + chunk.bytes.size() > control::relay_credit_first)
        return refused("more came than was allowed");
    stream.to_fd.push(chunk.bytes);
    if (!write(chunk.number, stream)) end(chunk.number);
    return {};
}

base::Result<void> Relay::on_credit(const control::RelayCredit& credit) {
    const auto found = streams_.find(credit.number);
    if (found == streams_.end()) return {};
    if (credit.bytes > control::relay_credit_first - found->second.credit)
        return refused("more credit came than was used");
    found->second.credit += credit.bytes;
    return {};
}

void Relay::open(std::uint32_t number) {
    last_number_ = number;
    auto connection = connect_();
    if (connection)
        streams_[number].fd = std::move(*connection);
    else
        send_(FrameType::relay, control::to_payload(control::RelayChunk{number, {}}));
}

void Relay::watch(base::PollSet& poll_set) {
    for (const auto& [number, stream] : streams_) {
        const int fd = stream.fd.get();
        if (stream.credit > 0) poll_set.watch(fd, POLLIN, [this, number = number] { on_readable(number); });
        if (stream.to_fd.empty()) continue;
        poll_set.watch(fd, POLLOUT, [this, number = number] {
            const auto found = streams_.find(number);
            if (found != streams_.end() && !write(number, found->second)) end(number);
        });
    }
}

void Relay::on_readable(std::uint32_t number) {
    const auto found = streams_.find(number);
    if (found == streams_.end()) return;
    Stream& stream = found->second;
    control::RelayChunk chunk{number, std::string(std::min<std::size_t>(stream.credit, chunk_size), '\0')};
    const auto size = ::read(stream.fd.get(), chunk.bytes.data(), chunk.bytes.size());
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0) return end(number);
    chunk.bytes.resize(static_cast<std::size_t>(size));
    stream.credit -= static_cast<std::uint32_t>(size);
    send_(FrameType::relay, control::to_payload(chunk));
}

bool Relay::write(std::uint32_t number, Stream& stream) {
    const auto written = stream.to_fd.write_to(stream.fd.get());
    if (!written) return false;
    const auto bytes = static_cast<std::uint32_t>(*written);
    if (bytes > 0) send_(FrameType::relay_credit, control::to_payload(control::RelayCredit{number, bytes}));
    return true;
}

void Relay::end(std::uint32_t number) {
    streams_.erase(number);
    send_(FrameType::relay, control::to_payload(control::RelayChunk{number, {}}));
}

}  // namespace scoop::transport
