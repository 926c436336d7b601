// Whole lines out of the bytes of many workers.
#include "base/line_merger.hpp"

#include <doctest/doctest.h>
#include <map>
#include <random>
#include <string>

namespace {

using namespace scoop::base;
using namespace std::chrono_literals;

constexpr Source rank_0{0, 0, 1};
constexpr Source rank_0_errors{0, 0, 2};
constexpr Source rank_1{0, 1, 1};
const TimePoint start{};

}  // namespace

TEST_CASE("whole lines pass at once, together") {
    LineMerger merger;
    CHECK(merger.push(rank_0, "one\ntwo\n", start) == Text{rank_0, "one\ntwo\n"});
    CHECK_FALSE(merger.next_deadline());
}

TEST_CASE("an unfinished line waits for its end and lets others pass") {
    LineMerger merger;
    CHECK(merger.push(rank_0, "one\ntw", start) == Text{rank_0, "one\n"});
    CHECK(merger.push(rank_1, "other\n", start) == Text{rank_1, "other\n"});
    CHECK_FALSE(merger.push(rank_0, "o", start));
    CHECK(merger.push(rank_0, "\nthree", start) == Text{rank_0, "two\n"});
    CHECK(merger.finish(rank_0) == Text{rank_0, "three"});
    CHECK_FALSE(merger.finish(rank_0));
}

TEST_CASE("an unfinished line of the root goes out when nothing has come for a moment") {
    LineMerger merger;
    CHECK_FALSE(merger.push(rank_0, "name: ", start));
    CHECK_FALSE(merger.push(rank_0_errors, "a", start + 150ms));
    CHECK(merger.next_deadline() == start + 200ms);
    CHECK(merger.take_silent(start + 199ms).empty());
    CHECK(merger.take_silent(start + 200ms) == std::vector<Text>{{rank_0, "name: "}});
    CHECK(merger.next_deadline() == start + 350ms);
    SUBCASE("which more bytes put off") {
        CHECK_FALSE(merger.push(rank_0_errors, "b", start + 300ms));
        CHECK(merger.take_silent(start + 499ms).empty());
        CHECK(merger.take_silent(start + 500ms) == std::vector<Text>{{rank_0_errors, "ab"}});
    }
    SUBCASE("or at the end of all") { CHECK(merger.take_all() == std::vector<Text>{{rank_0_errors, "a"}}); }
}

TEST_CASE("an unfinished line of another worker is no prompt and waits for its end, its stream's or that of all") {
    LineMerger merger;
    CHECK_FALSE(merger.push(rank_1, "[1", start));
    CHECK_FALSE(merger.next_deadline());
    CHECK(merger.take_silent(start + 1h).empty());
    SUBCASE("") { CHECK(merger.push(rank_1, "]\n", start + 1h) == Text{rank_1, "[1]\n"}); }
    SUBCASE("") { CHECK(merger.finish(rank_1) == Text{rank_1, "[1"}); }
    SUBCASE("") { CHECK(merger.take_all() == std::vector<Text>{{rank_1, "[1"}}); }
}

TEST_CASE("an unfinished line waits longer while lines of others come out, but not for ever") {
    LineMerger merger;
    CHECK_FALSE(merger.push(rank_0, "dots...", start));
    auto now = start;
    for (; now < start + 4900ms; now += 100ms) {
        CHECK(merger.push(rank_1, "line\n", now));
        CHECK(merger.take_silent(now).empty());
    }
    SUBCASE("until the others are silent for a moment") {
        CHECK(merger.next_deadline() == now + 100ms);
        CHECK(merger.take_silent(now + 100ms) == std::vector<Text>{{rank_0, "dots..."}});
    }
    SUBCASE("or it has waited very long") {
        CHECK(merger.push(rank_1, "line\n", now));
        CHECK(merger.next_deadline() == start + 5s);
        CHECK(merger.take_silent(start + 5s) == std::vector<Text>{{rank_0, "dots..."}});
    }
    SUBCASE("and lines of the other stream do not matter") {
        CHECK(merger.take_silent(now + 99ms).empty());
        CHECK(merger.push({0, 1, 2}, "line\n", now + 99ms));
        CHECK(merger.take_silent(now + 100ms).size() == 1);
    }
}

TEST_CASE("an unfinished line waits while its place is not written") {
    LineMerger merger;
    CHECK_FALSE(merger.push(rank_0, "half a line", start));
    merger.on_backlog(1, start + 20s);
    merger.on_backlog(2, start + 30s);
    CHECK(merger.take_silent(start + 20199ms).empty());
    CHECK(merger.take_silent(start + 20200ms) == std::vector<Text>{{rank_0, "half a line"}});
}

TEST_CASE("a line without end does not grow for ever") {
    LineMerger merger;
    const std::string half(LineMerger::line_size_max / 2 + 1, 'x');
    CHECK_FALSE(merger.push(rank_0, half, start));
    CHECK(merger.push(rank_0, half, start) == Text{rank_0, half + half});
}

TEST_CASE("a line within the limit is not cut for what comes out before it") {
    LineMerger merger;
    const std::string most(LineMerger::line_size_max * 2 / 3, 'a');
    CHECK_FALSE(merger.push(rank_0, most, start));
    CHECK(merger.push(rank_0, "\n" + most, start) == Text{rank_0, most + "\n"});
    CHECK(merger.finish(rank_0) == Text{rank_0, most});
}

TEST_CASE("stdout and stderr of a worker are streams of their own") {
    LineMerger merger;
    CHECK_FALSE(merger.push(rank_0, "out", start));
    CHECK(merger.push({0, 0, 2}, "err\n", start) == Text{{0, 0, 2}, "err\n"});
    CHECK(merger.push(rank_0, "\n", start) == Text{rank_0, "out\n"});
}

TEST_CASE("whatever the cuts, the bytes of each stream come out in order and lines stay whole") {
    for (unsigned seed = 0; seed < 50; ++seed) {
        std::minstd_rand random(seed + 1);
        LineMerger merger;
        std::map<Source, std::string> pushed;
        std::map<Source, std::string> written;
        const auto take = [&](const std::optional<Text>& text) {
            if (!text) return;
            written[text->source] += text->bytes;
            CHECK(text->bytes.back() == '\n');
        };
        for (int k = 0; k < 200; ++k) {
            const Source source{0, static_cast<scoop::base::Rank>(random() % 3), 1};
            std::string bytes;
            for (auto size = random() % 20; size > 0; --size) bytes += random() % 6 == 0 ? '\n' : 'a';
            pushed[source] += bytes;
            take(merger.push(source, bytes, start));
        }
        for (const auto& text : merger.take_all()) written[text.source] += text.bytes;
        CHECK(pushed == written);
    }
}

TEST_CASE("bytes are written in pieces that a pipe takes whole and that end with lines") {
    const std::string lines = std::string(3000, 'a') + '\n' + std::string(3000, 'b') + '\n';
    CHECK(piece_size(lines) == 3001);
    CHECK(piece_size("short, no newline") == 17);
    CHECK(piece_size(std::string(10'000, 'x')) == 4096);
    CHECK(piece_size("") == 0);
}
