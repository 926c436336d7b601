#include "protocol/codec.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/limits.hpp"

using namespace scoop;
using namespace scoop::protocol;

namespace {

std::vector<Message> one_of_each() {
    const base::TaskId id{3, 7, 0x1122334455667788};
    return {
        Hello{1, 42, 9},
        Welcome{},
        Refused{"host node2 speaks protocol 2, this job protocol 1"},
        Request{17},
        Steal{0xffffffff},
        Dry{},
        Tasks{},
        Tasks{{{id, 2, 0xdeadbeefcafef00d, std::string("a\0b", 3), -128, 3, 0xffffffff}, {{}, 1, 0, ""}}},
        Results{{{id, Outcome::value, std::string(5000, 'x')},
                 {id, Outcome::exception, ""},
                 {id, Outcome::function_not_found, "node2, build 1234"},
                 {id, Outcome::cancelled, ""}}},
        Lost{{id, {1, 2, 3}},
             {"rank 3 on node2 was killed by signal 9 (Killed)", 3, {9, 0, 1u << 20}, Blame::inside, true}},
        RanksDown{{0, 1, 0xffffffff}, {0, 255, ~0ULL}},
        RanksDown{{7}, {9, 0}, 3},
        RankUp{7, 3},
        HostJoined{2, "node02", {4, 5, 0xffffffff}},
        HostJoined{},
        Cancel{{id, {1, 2, 3}}},
        Post{2, 1, 255, std::string("a\0b", 3)},
        Post{2, 1, 0, "", std::string(70'000, 'v')},
    };
}

}  // namespace

TEST_CASE("every message survives the wire") {
    for (const Message& message : one_of_each()) {
        const auto decoded = decode(encode(message));
        REQUIRE(decoded);
        CHECK(*decoded == message);
    }
}

TEST_CASE("payloads in shared memory stay beside a message that is encoded with attachments") {
    BytesWriter writer;
    writer.append(std::string(200'000, 'a').data(), 200'000);
    const Bytes large = writer.take();
    REQUIRE(large.shared() != nullptr);
    const base::TaskId id{3, 7, 1};
    const std::vector<Message> messages{
        Tasks{{{id, 1, 2, large}, {id, 1, 2, "small"}, {id, 1, 2, large}}},
        Results{{{id, Outcome::value, "small"}, {id, Outcome::value, large}}},
        Post{2, 1, 0, "content", large},
    };
    for (const Message& message : messages) {
        std::vector<Bytes> attachments;
        const std::string bytes = encode(message, attachments);
        CHECK(bytes.size() < 1000);
        CHECK(attachments.size() == (std::holds_alternative<Tasks>(message) ? 2 : 1));
        const auto decoded = decode(bytes, attachments);
        REQUIRE(decoded);
        CHECK((*decoded == message));
        CHECK((decode(encode(message)).value() == message));
        // Too few, too many.
        CHECK_FALSE(decode(bytes).has_value());
        attachments.emplace_back("more");
        CHECK_FALSE(decode(bytes, attachments).has_value());
    }
}

TEST_CASE("the bytes of a message do not depend on the machine") {
    const std::string expected(
        "\x06\x01\0\0\0\x02\0\0\0\x01\0\0\0\x03\0\0\0\0\0\0\0\x04\0\0\0\x05\0\0\0\0\0\0\0"
        "\xff\x06\0\0\0\x07\0\0\0\x08\0\0\0\x09\0\0\0\0\0\0\0\x0a\0\0\0\0\0\0\0\x02\0\0\0hi",
        68);
    CHECK(encode(Tasks{{{{2, 1, 3}, 4, 5, "hi", -1, 6, 7, 8, 9, 10}}}) == expected);
}

TEST_CASE("a message that ends too early is refused wherever it ends") {
    for (const Message& message : one_of_each()) {
        const std::string bytes = encode(message);
        for (std::size_t size = 0; size < bytes.size(); ++size)
            CHECK_FALSE(decode(std::string_view(bytes).substr(0, size)));
    }
}

TEST_CASE("a message with something behind it is refused") {
    for (const Message& message : one_of_each()) CHECK_FALSE(decode(encode(message) + '\0'));
}

TEST_CASE("impossible fields are refused with a reason") {
    const struct {
        std::string bytes;
        const char* reason;
    } table[] = {
        {"", "it ends too early"},
        {"\x0e", "an unknown message"},
        {"\xff", "an unknown message"},
        {std::string("\x06\xff\xff\xff\xff", 5) + std::string(64, '\0'), "more items promised than there are bytes"},
        {std::string("\x09\x02\0\0\0\0\0\0\0", 9), "more items promised than there are bytes"},
        {std::string("\x02\xff\xff\xff\xff", 5), "a length past its limit"},
        {std::string("\x07\x01\0\0\0", 5) + std::string(20, '\0') + std::string("\x06\0\0\0\0", 5),
         "an unknown outcome"},
        {"\x08" + std::string(22, '\0') + "\x04", "an unknown blame"},
    };
    for (const auto& [bytes, reason] : table) {
        const auto decoded = decode(bytes);
        REQUIRE_FALSE(decoded);
        CHECK(decoded.error().reason == reason);
    }
}

TEST_CASE("a sentence past its limit is refused") {
    std::string bytes = encode(Refused{std::string(sentence_size_max, 'x')});
    CHECK(decode(bytes));
    ++bytes[1];
    CHECK_FALSE(decode(bytes + "x"));
}

TEST_CASE("random bytes and damaged messages do no harm") {
    std::mt19937 random(1);
    const auto samples = one_of_each();
    for (int round = 0; round < 20'000; ++round) {
        std::string bytes = round % 2 ? encode(samples[random() % samples.size()]) : std::string(random() % 100, '\0');
        const auto changes = round % 2 ? 1 + random() % 3 : bytes.size();
        for (std::size_t i = 0; i < changes && !bytes.empty(); ++i)
            bytes[round % 2 ? random() % bytes.size() : i] = static_cast<char>(random());
        if (const auto decoded = decode(bytes)) CHECK(encode(*decoded) == bytes);
    }
}
