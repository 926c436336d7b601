// Names with ranges in brackets. What is expected agrees with `scontrol show hostnames`.
#include "hostfile/name_pattern.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

using namespace scoop::hostfile;

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : " ") + name;
    return text;
}

TEST_CASE("a pattern stands for its names in order") {
    struct Row {
        const char* pattern;
        const char* names;
    };
    for (const Row& row : std::vector<Row>{
             {"node", "node"},
             {"10.0.0.7", "10.0.0.7"},
             {"host_1.example.org.", "host_1.example.org."},
             {"n[1-4]", "n1 n2 n3 n4"},
             {"n[5-10]", "n5 n6 n7 n8 n9 n10"},
             {"n[05-10]", "n05 n06 n07 n08 n09 n10"},
             {"n[98-101]", "n98 n99 n100 n101"},
             {"n[0-2]", "n0 n1 n2"},
             {"n[007]", "n007"},
             {"n[0000000000000000000000-0000000000000000000001]", "n0000000000000000000000 n0000000000000000000001"},
             {"rack[0-1]n[09-10].lab", "rack0n09.lab rack0n10.lab rack1n09.lab rack1n10.lab"},
             {"n[0-00,00]", "n0 n00"},
             {"n[1,01,001]", "n1 n01 n001"},
             {"n05[1-2]7", "n0517 n0527"},
             {"n[1,5-7]", "n1 n5 n6 n7"},
             {"n[3,1,3]", "n3 n1 n3"},
             {"n[01-02]-ib", "n01-ib n02-ib"},
             {"n[2-3].example.org", "n2.example.org n3.example.org"},
             {"x[1-2]y[1-2]", "x1y1 x1y2 x2y1 x2y2"},
             {"x[1-2][3,4]", "x13 x14 x23 x24"},
             {"[1-2]", "1 2"},
         }) {
        CAPTURE(row.pattern);
        const auto names = expand_name_pattern(row.pattern, mentions_max);
        REQUIRE(names);
        CHECK(joined(*names) == row.names);
    }
}

TEST_CASE("leading zeros set the width, wider numbers keep theirs") {
    const auto names = expand_name_pattern("n[08-101]", mentions_max);
    REQUIRE(names);
    CHECK(names->size() == 94);
    CHECK(names->front() == "n08");
    CHECK(names->back() == "n101");
}

TEST_CASE("a pattern that cannot be understood is refused at its place") {
    struct Row {
        const char* pattern;
        std::size_t position;
        const char* part;  ///< of the sentence
    };
    for (const Row& row : std::vector<Row>{
             {"", 0, "expected the name of a host"},
             {"-x", 0, "begins with a letter"},
             {".x", 0, "begins with a letter"},
             {"^x", 0, "left out with --exclude"},
             {"n[1-3]!n2", 6, "left out with --exclude"},
             {"a b", 1, "\" \" cannot be part"},
             {"a/b", 1, "\"/\" cannot be part"},
             {"knoté", 4, "\"é\" cannot be part"},
             {"a]", 1, "\"]\" cannot be part"},
             {"n[1-2", 1, "never closed"},
             {"n[", 1, "never closed"},
             {"n[]", 2, "expected a number"},
             {"n[,1]", 2, "expected a number"},
             {"n[1,]", 4, "expected a number"},
             {"n[1-]", 4, "expected a number"},
             {"n[-2]", 2, "expected a number"},
             {"n[a-c]", 2, "expected a number"},
             {"n[1-2-3]", 5, "\"-\" in a bracket"},
             {"n[1, 2]", 4, "expected a number"},
             {"n[1[2]]", 3, "\"[\" in a bracket"},
             {"n[3-1]", 2, "backwards"},
             {"n[3-2]", 2, "backwards"},
             {"n[8-010]", 2, "different widths"},
             {"n[1234567890123456789]", 2, "too long"},
             {"n[01-001234567890123456789]", 5, "too long"},
         }) {
        CAPTURE(row.pattern);
        const auto names = expand_name_pattern(row.pattern, mentions_max);
        REQUIRE_FALSE(names);
        CHECK(names.error().position == row.position);
        CAPTURE(names.error().sentence);
        CHECK(names.error().sentence.find(row.part) != std::string::npos);
    }
}

TEST_CASE("no pattern stands for more names than allowed") {
    CHECK(expand_name_pattern("n[1-65536]", mentions_max)->size() == 65536);
    CHECK(expand_name_pattern("n[1-256]x[1-256]", mentions_max)->size() == 65536);
    CHECK(expand_name_pattern("n[1-3]", 3)->size() == 3);
    for (const char* pattern : {"n[1-65537]", "n[1-256]x[1-257]", "n[1-65536,1]", "n[0-999999999999999999]",
                                "n[1-60000][1-60000][1-60000][1-60000][1-60000]"}) {
        CAPTURE(pattern);
        const auto names = expand_name_pattern(pattern, mentions_max);
        REQUIRE_FALSE(names);
        CHECK(names.error().sentence == "too many hosts: no more than 65536 are possible");
    }
    CHECK_FALSE(expand_name_pattern("n[1-3]", 2));
    CHECK_FALSE(expand_name_pattern("n", 0));
}

TEST_CASE("a name is no longer than names get") {
    CHECK(expand_name_pattern(std::string(255, 'a'), mentions_max));
    CHECK_FALSE(expand_name_pattern(std::string(256, 'a'), mentions_max));
    CHECK(expand_name_pattern(std::string(253, 'a') + "[1-99]", mentions_max));
    CHECK_FALSE(expand_name_pattern(std::string(253, 'a') + "[1-100]", mentions_max));
}

}  // namespace
