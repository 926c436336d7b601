#include "base/digest.hpp"

// All of it is in the header then, so that programs need not be linked with another library.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>

namespace scoop::base {

Digest digest_of(std::string_view bytes, std::uint64_t seed) {
    const XXH128_hash_t hash = XXH3_128bits_withSeed(bytes.data(), bytes.size(), seed);
    return {hash.low64, hash.high64};
}

std::uint64_t checksum_of(std::string_view bytes, std::uint64_t seed) {
    return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

Digest digest_of(const Digest& first, const Digest& second) {
    const std::array<std::uint64_t, 4> both{first.low, first.high, second.low, second.high};
    return digest_of({reinterpret_cast<const char*>(both.data()), sizeof both});
}

}  // namespace scoop::base
