// Messages of messages.hpp to and from bytes. Pure functions; any thread.
//
// One byte names the message, then its fields in the order of the struct: integers little-endian in their fixed width,
// text and payloads as a 4-byte length and the bytes, lists as a 4-byte count and the items.
#pragma once

#include <string>
#include <string_view>

#include "base/failure.hpp"
#include "protocol/messages.hpp"

namespace scoop::protocol {

/// The bytes of `message`. Payloads and sentences must be within limits.hpp.
[[nodiscard]] std::string encode(const Message& message);

/// The message in `bytes`, which must hold exactly one. Never throws for bad input and never allocates more than a small
/// multiple of its size: every length and count is checked against the bytes that are there.
[[nodiscard]] base::Result<Message> decode(std::string_view bytes);

}  // namespace scoop::protocol
