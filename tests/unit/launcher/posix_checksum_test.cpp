// The checksum of cksum(1): the same for the same bytes, however they are cut.
#include "launcher/posix_checksum.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace {

using scoop::launcher::PosixChecksum;

std::uint32_t checksum_of(std::string_view bytes) {
    PosixChecksum checksum;
    checksum.add(bytes);
    return checksum.value();
}

}  // namespace

TEST_CASE("the checksum is what cksum of coreutils prints") {
    CHECK(checksum_of("") == 4294967295u);
    CHECK(checksum_of("123456789") == 930766865u);
    CHECK(checksum_of(std::string(300, '\xff')) == 1718880618u);
}

TEST_CASE("the checksum does not depend on how the bytes are cut") {
    const std::string bytes = "some bytes, more than a few";
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        PosixChecksum checksum;
        checksum.add(std::string_view(bytes).substr(0, cut));
        checksum.add(std::string_view(bytes).substr(cut));
        CHECK(checksum.value() == checksum_of(bytes));
    }
}
