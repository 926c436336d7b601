// How numbers look on the wire: little-endian and of one width on every host.
//
//   bool                                 1 byte, 0 or 1
//   char, signed char, unsigned char,    1 byte
//   char8_t, std::byte
//   short, char16_t                      2 bytes
//   int, char32_t                        4 bytes
//   long, long long and their unsigned   8 bytes; a value that the reader's type cannot hold is refused
//   float, double                        IEEE 754, 4 and 8 bytes
//   enumerations                         as their underlying type
//   sizes of containers                  1 to 10 bytes: 7 bits each, least significant first, high bit set but in the
//   last
//
// std::size_t is `unsigned int` on 32-bit hosts and cannot be told from it: there it is 4 bytes wide. The signature of
// a task (signature.hpp) differs then, so that such hosts do not get the task, rather than misread it. long double and
// wchar_t have no common width among hosts and do not travel.
#pragma once

#include <bit>
#include <complex>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace scoop::detail {

template <class T>
concept WireNumber = std::is_arithmetic_v<T> && !std::is_same_v<std::remove_cv_t<T>, long double> &&
                     !std::is_same_v<std::remove_cv_t<T>, wchar_t>;

/// The arithmetic types that are refused, for the sake of a message that says so.
template <class T>
concept UnportableNumber = std::is_arithmetic_v<T> && !WireNumber<T>;

template <std::size_t Width>
struct UnsignedOfWidth;
template <>
struct UnsignedOfWidth<1> {
    using Type = std::uint8_t;
};
template <>
struct UnsignedOfWidth<2> {
    using Type = std::uint16_t;
};
template <>
struct UnsignedOfWidth<4> {
    using Type = std::uint32_t;
};
template <>
struct UnsignedOfWidth<8> {
    using Type = std::uint64_t;
};

template <class T>
inline constexpr bool is_long = std::is_same_v<T, long> || std::is_same_v<T, unsigned long>;

template <class T>
    requires WireNumber<T> || std::is_enum_v<T>
consteval std::size_t wire_width() {
    if constexpr (std::is_enum_v<T>) {
        return wire_width<std::underlying_type_t<T>>();
    } else {
        return is_long<std::remove_cv_t<T>> ? 8 : sizeof(T);
    }
}

/// The bytes of a number of this type, as an unsigned integer.
template <class T>
using WireBits = typename UnsignedOfWidth<wire_width<T>()>::Type;

static_assert(sizeof(short) == 2 && sizeof(int) == 4 && sizeof(long long) == 8 && sizeof(bool) == 1);
static_assert(sizeof(float) == 4 && sizeof(double) == 8);

/// Turns a number in the host's byte order into little-endian or back.
template <std::unsigned_integral T>
constexpr T little_endian(T value) {
    if constexpr (std::endian::native == std::endian::little || sizeof(T) == 1) {
        return value;
    } else {
        T swapped = 0;
        for (std::size_t i = 0; i < sizeof(T); ++i) {
            swapped = static_cast<T>((swapped << 8) | (value & 0xff));
            value = static_cast<T>(value >> 8);
        }
        return swapped;
    }
}

template <class T>
struct IsComplexNumber : std::false_type {};
template <WireNumber T>
struct IsComplexNumber<std::complex<T>> : std::bool_constant<std::is_floating_point_v<T>> {};

/// Types of which an array in memory is the same bytes as on the wire, on this host. Not bool: its bytes are checked.
template <class T>
concept SameOnWire = [] {
    if constexpr (IsComplexNumber<T>::value) {
        return std::endian::native == std::endian::little;
    } else if constexpr (WireNumber<T> || std::is_enum_v<T>) {
        using Number =
            typename std::conditional_t<std::is_enum_v<T>, std::underlying_type<T>, std::type_identity<T>>::type;
        if constexpr (!WireNumber<Number> || std::is_same_v<std::remove_cv_t<Number>, bool>) {
            return false;
        } else {
            return wire_width<Number>() == sizeof(T) && (sizeof(T) == 1 || std::endian::native == std::endian::little);
        }
    } else {
        return false;
    }
}();

}  // namespace scoop::detail
