// The bounds of everything that travels between workers and brokers. A peer that goes past one is dropped.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace scoop::protocol {

/// Serialized arguments or result of one task. What is larger is a SerializationError where it is made.
inline constexpr std::uint64_t payload_size_max = 0xffff'0000u;
/// One whole message, put together from its fragments: a payload and what surrounds it.
inline constexpr std::uint64_t message_size_max = 0xffff'ffffu;
/// Payloads from this size on travel inside a host as shared memory. Smaller ones go through the sockets as fast.
inline constexpr std::size_t shared_size_min = 64u << 10;
/// How many of them may belong to one message.
inline constexpr std::size_t attachments_max = 32;
/// A sentence for a person: Refused, Lost.
inline constexpr std::uint32_t sentence_size_max = 4096;

/// Senders close a message with several items at either bound; a single larger item still travels alone.
inline constexpr std::size_t batch_items_max = 4096;
inline constexpr std::size_t batch_bytes_max = 1u << 20;
static_assert(batch_bytes_max / shared_size_min < attachments_max);

/// ZeroMQ refuses anything larger on a TCP connection, strangers' handshakes included.
inline constexpr std::int64_t tcp_frame_size_max = 1 << 20;
/// A link cuts larger messages into pieces of this size.
inline constexpr std::size_t fragment_size_max = 256u << 10;
/// Bytes of a link that may be under way unacknowledged; what comes after waits in a queue.
inline constexpr std::size_t link_window_bytes = 16u << 20;

/// A link with unacknowledged frames asks the other side where it stands after this time, doubling up to the last.
inline constexpr std::chrono::milliseconds link_probe_delay_first{200};
inline constexpr std::chrono::milliseconds link_probe_delay_last{2000};
/// An acknowledgement waits this long for a message to ride on, unless so many bytes have come in.
inline constexpr std::chrono::milliseconds link_acknowledge_delay{20};
inline constexpr std::size_t link_acknowledge_bytes = 1u << 20;
/// How often a link without other traffic shows that it is there.
inline constexpr std::chrono::milliseconds link_heartbeat_period{1000};

}  // namespace scoop::protocol
