// The bytes of a journal, whole, cut off and damaged.
#include "worker/journal_format.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace scoop;
using namespace scoop::worker;

namespace {

const JournalOwner owner{{11, 22}, {"--points", "", "a b"}};

using Records = std::vector<std::pair<base::Digest, std::string>>;
const Records written{{{1, 2}, "first"}, {{3, 4}, ""}, {{5, 6}, std::string(300, '\0')}, {{7, 8}, "last\n"}};

std::string whole_journal() {
    std::string bytes = encode_journal_header(owner);
    for (const auto& [key, result] : written) append_journal_record(bytes, key, result);
    return bytes;
}

struct Read {
    Records records;
    std::size_t end = 0;
};
Read read_all(const std::string& bytes, std::size_t begin) {
    Read read;
    read.end = read_journal_records(bytes, begin, [&](const JournalRecord& record) {
        read.records.emplace_back(record.key, bytes.substr(record.offset, record.size));
    });
    return read;
}

// How many of `read` are, in this order, the first of what was written; fails if one of them is not.
void check_is_beginning(const Records& read) {
    REQUIRE(read.size() <= written.size());
    for (std::size_t i = 0; i < read.size(); ++i) CHECK(read[i] == written[i]);
}

// Where each record ends.
std::vector<std::size_t> record_ends() {
    std::string bytes = encode_journal_header(owner);
    std::vector<std::size_t> ends;
    for (const auto& [key, result] : written) {
        append_journal_record(bytes, key, result);
        ends.push_back(bytes.size());
    }
    return ends;
}

}  // namespace

TEST_CASE("a journal gives back whose it is and what was recorded") {
    const std::string bytes = whole_journal();
    const auto header = read_journal_header(bytes);
    REQUIRE(header);
    CHECK(header->owner == owner);
    CHECK(header->size == encode_journal_header(owner).size());
    const Read read = read_all(bytes, header->size);
    CHECK(read.records == written);
    CHECK(read.end == bytes.size());
}

TEST_CASE("a journal that is cut off at any byte gives the records before it") {
    const std::string whole = whole_journal();
    const std::size_t header_size = encode_journal_header(owner).size();
    const auto ends = record_ends();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        const std::string bytes = whole.substr(0, size);
        const auto header = read_journal_header(bytes);
        REQUIRE(header);
        if (size < header_size) {
            CHECK(header->size == 0);
            continue;
        }
        REQUIRE(header->size == header_size);
        const Read read = read_all(bytes, header->size);
        check_is_beginning(read.records);
        std::size_t whole_records = 0;
        while (ends[whole_records] <= size) ++whole_records;
        CHECK(read.records.size() == whole_records);
        CHECK(read.end == (whole_records == 0 ? header_size : ends[whole_records - 1]));
    }
}

TEST_CASE("a journal with any bit changed gives no result that was not recorded") {
    const std::string whole = whole_journal();
    const std::size_t header_size = encode_journal_header(owner).size();
    const auto ends = record_ends();
    for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
        CAPTURE(bit);
        std::string bytes = whole;
        bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
        const auto header = read_journal_header(bytes);
        if (bit / 8 < header_size) {
            // Refused, or too short for what it announces: begun anew.
            if (header) CHECK(header->size == 0);
            continue;
        }
        REQUIRE(header);
        const Read read = read_all(bytes, header->size);
        check_is_beginning(read.records);
        std::size_t before = 0;
        while (ends[before] <= bit / 8) ++before;
        CHECK(read.records.size() == before);
    }
}

TEST_CASE("what is recorded behind the good part of a damaged journal is read") {
    std::string bytes = whole_journal();
    const std::size_t begin = encode_journal_header(owner).size();
    bytes.pop_back();
    bytes.resize(read_all(bytes, begin).end);
    append_journal_record(bytes, {9, 9}, "again");
    const Read read = read_all(bytes, begin);
    REQUIRE(read.records.size() == written.size());
    CHECK(read.records.back() == std::pair(base::Digest{9, 9}, std::string("again")));
}

TEST_CASE("zeros behind the records, as a machine without power leaves them, are no records") {
    const std::string whole = whole_journal();
    const Read read = read_all(whole + std::string(4096, '\0'), encode_journal_header(owner).size());
    CHECK(read.records == written);
    CHECK(read.end == whole.size());
}

TEST_CASE("files that are no journals are refused with a reason") {
    CHECK(read_journal_header("#!/bin/sh\n").error().reason == "it is no journal of scoop's");
    std::string other = encode_journal_header(owner);
    other[8] = 7;
    CHECK(read_journal_header(other).error().reason == "it is of version 7 and this program writes version 1");
    std::string damaged = encode_journal_header(owner);
    damaged[20] ^= 1;
    CHECK(read_journal_header(damaged).error().reason == "it is damaged");
}
