// What becomes of arguments, results and names that are a little out of the ordinary.
#include <doctest/doctest.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <numeric>
#include <scoop/scoop.hpp>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace {

/// Converts to a path, which has functions of its own.
struct Record {
    int id = 0;
    char name[8] = {};
};
std::string name_of(Record record) { return record.name; }

}  // namespace

TEST_CASE("a struct with an array of characters") {
    CHECK(scoop::submit<name_of>(Record{1, "seven"}).get() == "seven");
    CHECK(scoop::map<name_of>(std::vector{Record{1, "a"}, Record{2, "b"}}).collect() == std::vector<std::string>{"a", "b"});
    CHECK(scoop::submit<[](std::filesystem::path path) { return path; }>("a/b").get() == "a/b");
}

