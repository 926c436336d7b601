// Messages of messages.hpp to and from bytes. Pure functions; any thread.
//
// One byte names the message, then its fields in the order of the struct: integers little-endian in their fixed width,
// text and payloads as a 4-byte length and the bytes, lists as a 4-byte count and the items. Payloads in shared memory
// can stay outside the bytes, as attachments: then a mark stands where the length would.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/failure.hpp"
#include "protocol/bytes.hpp"
#include "protocol/messages.hpp"

namespace scoop::protocol {

/// The bytes of `message`. Payloads and sentences must be within limits.hpp.
[[nodiscard]] std::string encode(const Message& message);
/// The same without the payloads in shared memory, which are added to `attachments`.
[[nodiscard]] std::string encode(const Message& message, std::vector<Bytes>& attachments);

/// The message in `bytes`, which must hold exactly one. Never throws for bad input and never allocates more than a
/// small multiple of its size: every length and count is checked against the bytes that are there. The attachments that
/// came with it are used up, in their order.
[[nodiscard]] base::Result<Message> decode(std::string_view bytes, std::vector<Bytes> attachments = {});

}  // namespace scoop::protocol
