// Digests and checksums of bytes (XXH3). They tell accidents, not attackers. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace scoop::base {

/// 128 bits: two contents of the same digest are taken for the same content.
struct Digest {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    friend bool operator==(const Digest&, const Digest&) = default;
};

struct DigestHash {
    std::size_t operator()(const Digest& digest) const noexcept { return static_cast<std::size_t>(digest.low); }
};

/// Of `bytes`, one for each `seed`.
[[nodiscard]] Digest digest_of(std::string_view bytes, std::uint64_t seed = 0);
[[nodiscard]] std::uint64_t checksum_of(std::string_view bytes, std::uint64_t seed = 0);
/// Of what these two stand for, in this order.
[[nodiscard]] Digest digest_of(const Digest& first, const Digest& second);

}  // namespace scoop::base
