// Integers as they travel: little-endian, fixed width, at any address. Pure functions; any thread.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace scoop::protocol {

/// `value` with its bytes in the order of the wire; its own inverse.
template <class T>
constexpr T wire_order(T value) {
    static_assert(sizeof(T) == 1 || sizeof(T) == 4 || sizeof(T) == 8);
    if constexpr (std::endian::native == std::endian::little || sizeof(T) == 1) {
        return value;
    } else if constexpr (sizeof(T) == 4) {
        return __builtin_bswap32(value);
    } else {
        return __builtin_bswap64(value);
    }
}

/// Writes `value` and returns the place behind it.
template <class T>
char* put_integer(char* to, T value) {
    const T wire = wire_order(value);
    std::memcpy(to, &wire, sizeof wire);
    return to + sizeof wire;
}

template <class T>
T get_integer(const char* from) {
    T wire;
    std::memcpy(&wire, from, sizeof wire);
    return wire_order(wire);
}

}  // namespace scoop::protocol
