// The bytes themselves, written down: they are the same on every host, and every host reads these.
#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "scoop/archive.hpp"

namespace {

using scoop::detail::deserialize_from;
using scoop::detail::serialize_into;

template <class T>
std::string hex(const T& value) {
    std::string bytes;
    serialize_into(bytes, value);
    std::string text;
    for (const char c : bytes) {
        constexpr char digits[] = "0123456789abcdef";
        text += digits[static_cast<unsigned char>(c) >> 4];
        text += digits[static_cast<unsigned char>(c) & 15];
    }
    return text;
}

/// Requires that the value has these bytes and that these bytes give the value.
template <class T>
void check_bytes(const T& value, const std::string& expected) {
    CHECK(hex(value) == expected);
    std::string bytes;
    for (std::size_t i = 0; i + 1 < expected.size(); i += 2) {
        bytes += static_cast<char>(std::stoi(expected.substr(i, 2), nullptr, 16));
    }
    CHECK(deserialize_from<T>(bytes) == value);
}

enum class Phase : std::uint16_t { liquid = 0x0102 };
enum Plain { zero, one };

struct Grain {
    std::int32_t id = 0;
    double position[3] = {};
    std::string name;
    friend bool operator==(const Grain&, const Grain&) = default;
};

struct Tree {
    std::int8_t value = 0;
    std::vector<Tree> children;
    friend bool operator==(const Tree&, const Tree&) = default;
};

}  // namespace

TEST_CASE("numbers are little-endian and as wide as they are everywhere") {
    check_bytes(true, "01");
    check_bytes('A', "41");
    check_bytes(std::int8_t{-2}, "fe");
    check_bytes(std::uint8_t{200}, "c8");
    check_bytes(std::byte{7}, "07");
    check_bytes(std::int16_t{-2}, "feff");
    check_bytes(std::uint16_t{0x1234}, "3412");
    check_bytes(-2, "feffffff");
    check_bytes(0x12345678U, "78563412");
    check_bytes(std::int64_t{-2}, "feffffffffffffff");
    check_bytes(0x123456789abcdef0ULL, "f0debc9a78563412");
    check_bytes(1.0F, "0000803f");
    check_bytes(-2.5, "00000000000004c0");
    check_bytes(u'\x20ac', "ac20");
    check_bytes(U'\x1f600', "00f60100");
    check_bytes(Phase::liquid, "0201");
    check_bytes(one, "01000000");
}

TEST_CASE("long has 64 bits on the wire") {
    check_bytes(-1L, "ffffffffffffffff");
    check_bytes(1UL, "0100000000000000");
    check_bytes(std::vector<long>{1, -1}, "020100000000000000ffffffffffffffff");
}

TEST_CASE("a container is its size and its elements") {
    check_bytes(std::string("abc"), "03616263");
    check_bytes(std::string(), "00");
    check_bytes(std::u16string(u"a\x20ac"), "026100ac20");
    check_bytes(std::vector<std::int16_t>{1, 2}, "0201000200");
    check_bytes(std::vector<bool>{true, false, true}, "03010001");
    check_bytes(std::vector<Phase>{Phase::liquid}, "010201");
    check_bytes(std::vector<std::string>{"a", ""}, "02016100");
    check_bytes(std::vector<std::complex<float>>{{1.0F, 0.0F}}, "010000803f00000000");
    check_bytes(std::array<std::int16_t, 2>{1, 2}, "01000200");
    check_bytes(std::map<std::int8_t, std::string>{{1, "x"}, {2, ""}},
                "02010178"
                "0200");
}

TEST_CASE("a size takes seven bits a byte") {
    CHECK(hex(std::string(127, 'x')).substr(0, 2) == "7f");
    CHECK(hex(std::string(128, 'x')).substr(0, 4) == "8001");
    CHECK(hex(std::string(300, 'x')).substr(0, 4) == "ac02");
    CHECK(hex(std::string(70000, 'x')).substr(0, 6) == "f0a204");
}

TEST_CASE("composed values have no bytes besides those of their parts and what tells alternatives apart") {
    check_bytes(std::pair<std::int8_t, bool>{5, true}, "0501");
    check_bytes(std::tuple<std::int8_t, std::string, bool>{5, "z", false}, "05017a00");
    check_bytes(std::optional<std::int8_t>{5}, "0005");
    check_bytes(std::optional<std::int8_t>{}, "01");
    check_bytes(std::variant<std::int8_t, std::string>{"q"}, "010000000171");
    check_bytes(std::complex<float>{1.0F, 0.0F}, "0000803f00000000");
    check_bytes(std::chrono::milliseconds{5}, "0500000000000000");
    check_bytes(std::filesystem::path("/a"), "022f61");
    CHECK(hex(std::make_unique<std::int8_t>(std::int8_t{5})) == "0105");
    CHECK(hex(std::unique_ptr<int>()) == "00");
}

TEST_CASE("a plain struct is its members") {
    check_bytes(Grain{1, {1.0, 0.0, -2.5}, "g"},
                "01000000"
                "000000000000f03f"
                "0000000000000000"
                "00000000000004c0"
                "0167");
    check_bytes(Tree{1, {Tree{2, {}}, Tree{3, {}}}},
                "0102"
                "0200"
                "0300");
}

TEST_CASE("values follow one another in one archive") {
    std::string bytes = "kept";
    scoop::detail::StringSink sink(bytes);
    scoop::OutputArchive output(sink);
    output(std::int8_t{1}, std::string("b"));
    output(true);
    CHECK(bytes == std::string("kept\x01\x01"
                               "b\x01"));
    scoop::InputArchive input(std::string_view(bytes).substr(4));
    std::int8_t number = 0;
    std::string text;
    bool flag = false;
    input(number, text);
    input(flag);
    input.expect_end();
    CHECK(number == 1);
    CHECK(text == "b");
    CHECK(flag);
}
