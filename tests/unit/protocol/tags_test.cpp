#include "protocol/tags.hpp"

#include <doctest/doctest.h>

using scoop::protocol::TagTable;

TEST_CASE("tags are bits in the order of their names") {
    const TagTable table({{"gpu"}, {}, {"bigmem", "gpu"}});
    CHECK(table.names() == std::vector<std::string>{"bigmem", "gpu"});
    CHECK(table.of_host(0) == 0b10);
    CHECK(table.of_host(1) == 0);
    CHECK(table.of_host(2) == 0b11);
    CHECK(table.find("gpu") == 0b10);
    CHECK_FALSE(table.find("gp"));
}

TEST_CASE("only tags on one and the same host can be needed together") {
    const TagTable table({{"a", "b"}, {"c"}});
    CHECK(table.has_host_with(0b011));
    CHECK(table.has_host_with(0b100));
    CHECK_FALSE(table.has_host_with(0b101));
}

TEST_CASE("more tags than there are bits are left out") {
    std::vector<std::string> many;
    for (int i = 100; i < 200; ++i) many.push_back("t" + std::to_string(i));
    const TagTable table({many});
    CHECK(table.names().size() == scoop::protocol::tags_max);
    CHECK(table.of_host(0) == ~std::uint64_t{0});
    CHECK_FALSE(table.find("t199"));
}
