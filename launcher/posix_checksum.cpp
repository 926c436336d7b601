#include "launcher/posix_checksum.hpp"

#include <array>

namespace scoop::launcher {

namespace {

// The polynomial of POSIX, cksum: that of Ethernet, the highest bit first.
constexpr std::uint32_t polynomial = 0x04c11db7;

constexpr std::array<std::uint32_t, 256> make_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t rest = byte << 24;
        for (int bit = 0; bit < 8; ++bit) rest = rest & 0x80000000u ? rest << 1 ^ polynomial : rest << 1;
        table[byte] = rest;
    }
    return table;
}

constexpr std::array<std::uint32_t, 256> table = make_table();

std::uint32_t step(std::uint32_t state, unsigned char byte) { return state << 8 ^ table[state >> 24 ^ byte]; }

}  // namespace

void PosixChecksum::add(std::string_view bytes) {
    for (const char byte : bytes) state_ = step(state_, static_cast<unsigned char>(byte));
    size_ += bytes.size();
}

std::uint32_t PosixChecksum::value() const {
    std::uint32_t state = state_;
    // The length follows the bytes, its lowest byte first, without zeros at its end.
    for (std::uint64_t size = size_; size != 0; size >>= 8) state = step(state, static_cast<unsigned char>(size));
    return ~state;
}

}  // namespace scoop::launcher
