// What the archives do with bytes that no archive wrote: SerializationError, at little cost, whatever the bytes.
#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <random>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <valarray>
#include <variant>
#include <vector>

#include "scoop/archive.hpp"
#include "scoop/error.hpp"

namespace {

using scoop::SerializationError;
using scoop::detail::deserialize_from;
using scoop::detail::serialize_into;

template <class T>
void check_refused(std::string_view bytes) {
    CHECK_THROWS_AS((void)deserialize_from<T>(bytes), SerializationError);
}

template <class T>
std::string bytes_of(const T& value) {
    std::string bytes;
    serialize_into(bytes, value);
    return bytes;
}

/// A size of 2^62, as the archive writes it, with a little data behind it.
const std::string huge_size = std::string("\x80\x80\x80\x80\x80\x80\x80\x80\x40", 9) + "abcdefgh";

struct Empty {};
struct Large {
    std::optional<std::array<double, 1000>> values;
};
struct Record {
    std::int32_t id = 0;
    std::string name;
    std::vector<double> values;
    std::map<std::string, std::optional<std::int64_t>> counts;
    std::variant<std::monostate, bool, std::string> choice;
    std::shared_ptr<std::string> first;
    std::shared_ptr<std::string> second;
};

struct Node {
    std::unique_ptr<Node> next;
};

struct TwoTypes {
    std::shared_ptr<std::int64_t> number;
    std::shared_ptr<std::string> text;
};

Record make_record() {
    Record record{7, "seven", {1, 2, 3}, {{"a", 1}, {"b", std::nullopt}}, "x", std::make_shared<std::string>("s"), {}};
    record.second = record.first;
    return record;
}

}  // namespace

TEST_CASE("bytes that end too early are refused, wherever they end") {
    const std::string bytes = bytes_of(make_record());
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        check_refused<Record>(std::string_view(bytes).substr(0, length));
    }
}

TEST_CASE("bytes behind the value are refused") {
    check_refused<int>(std::string("\1\0\0\0x", 5));
    check_refused<Empty>("x");
}

TEST_CASE("a bool that is neither 0 nor 1 is refused, also within a block") {
    check_refused<bool>("\2");
    check_refused<std::vector<bool>>("\1\2");
    using Array = std::array<bool, 2>;
    check_refused<Array>("\1\2");
    check_refused<std::optional<int>>(std::string("\2\1\0\0\0", 5));
}

TEST_CASE("a size that the bytes cannot hold is refused before anything is allocated for it") {
    check_refused<std::string>(huge_size);
    check_refused<std::u32string>(huge_size);
    check_refused<std::vector<double>>(huge_size);
    check_refused<std::vector<bool>>(huge_size);
    check_refused<std::vector<std::string>>(huge_size);
    check_refused<std::vector<Empty>>(huge_size);
    check_refused<std::valarray<double>>(huge_size);
    check_refused<std::deque<std::string>>(huge_size);
    check_refused<std::list<Empty>>(huge_size);
    check_refused<std::set<int>>(huge_size);
    check_refused<std::unordered_set<int>>(huge_size);
    check_refused<std::map<int, int>>(huge_size);
    check_refused<std::unordered_map<int, int>>(huge_size);
    check_refused<std::vector<std::int32_t>>(std::string("\3\0\0\0\0\0\0\0\0", 9));
}

TEST_CASE("a size of more than 64 bits is refused") {
    check_refused<std::string>("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x02");
    check_refused<std::string>("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff");
    check_refused<std::string>("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
}

TEST_CASE("nested containers cannot announce more elements than the message has bytes for") {
    // 1000 vectors of 65,000 empty objects each would take 65 MB from 3 kB.
    std::string bytes("\xe8\x07");
    for (int i = 0; i < 1000; ++i) bytes += "\xe8\xfb\x03";
    check_refused<std::vector<std::vector<Empty>>>(bytes);
}

TEST_CASE("elements that are large in memory and small on the wire are allocated as they are read") {
    // 60,000 of them would take 480 MB; the bytes end after three.
    check_refused<std::vector<Large>>(std::string("\xe0\xd4\x03\1\1\1"));
}

TEST_CASE("objects that are nested too deeply are refused") {
    check_refused<std::unique_ptr<Node>>(std::string(100000, '\1'));
}

TEST_CASE("a variant of an alternative that it does not have is refused") {
    using Choice = std::variant<int, std::string>;
    check_refused<Choice>(std::string("\2\0\0\0", 4));
    check_refused<Choice>("\xff\xff\xff\xff");
}

TEST_CASE("a shared object cannot be read as another type, nor before it was sent") {
    TwoTypes value{std::make_shared<std::int64_t>(5), std::make_shared<std::string>("text")};
    std::string bytes = bytes_of(value);
    const std::string second("\2\0\0\x80\4text", 9);
    REQUIRE(bytes.ends_with(second));
    bytes.resize(bytes.size() - second.size());
    check_refused<TwoTypes>(bytes + std::string("\1\0\0\0", 4));
    check_refused<TwoTypes>(bytes + std::string("\7\0\0\0", 4));
}

TEST_CASE("the state of an engine that would make it read elsewhere is refused") {
    const auto check_last_number = [](auto engine, const std::string& number) {
        std::ostringstream line;
        line << engine;
        const std::string text = line.str();
        check_refused<decltype(engine)>(bytes_of(text.substr(0, text.rfind(' ') + 1) + number));
    };
    check_last_number(std::ranlux24_base(), "24");
    check_last_number(std::ranlux48_base(), "123456789");
    check_last_number(std::ranlux24(), "24");
    check_last_number(std::knuth_b(), "99999999999");
    check_refused<std::mt19937>(bytes_of(std::string("1 2 3")));
    check_refused<std::knuth_b>(bytes_of(std::string("1 2 3")));
    check_refused<std::ranlux24>(bytes_of(std::string("x")));
    check_refused<std::minstd_rand>(bytes_of(std::string()));
}

TEST_CASE("changed and random bytes are a value or a SerializationError") {
    std::mt19937 random(1);
    const std::string bytes = bytes_of(make_record());
    for (int i = 0; i < 20000; ++i) {
        std::string changed = bytes;
        for (auto changes = random() % 3 + 1; changes > 0; --changes) {
            changed[random() % changed.size()] = static_cast<char>(random());
        }
        try {
            (void)deserialize_from<Record>(changed);
        } catch (const SerializationError&) {
        }
    }
}

TEST_CASE("what a user's load function throws becomes a SerializationError that says it") {
    struct Picky {
        int x = 0;
        void save(scoop::OutputArchive& archive) const { archive(x); }
        void load(scoop::InputArchive& archive) {
            archive(x);
            if (x > 9) throw std::out_of_range("x is above 9");
        }
    };
    CHECK(deserialize_from<Picky>(bytes_of(9)).x == 9);
    CHECK_THROWS_WITH_AS((void)deserialize_from<Picky>(bytes_of(10)), "serialize: x is above 9", SerializationError);
}
