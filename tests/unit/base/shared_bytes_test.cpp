#include "base/shared_bytes.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>

using scoop::base::SharedBytes;
using scoop::base::UniqueFd;
using Readers = SharedBytes::Readers;

namespace {

constexpr std::size_t large = 300'000;

std::shared_ptr<SharedBytes> made(const std::string& content, Readers readers = Readers::one) {
    auto bytes = SharedBytes::try_make(content.size(), readers);
    REQUIRE(bytes != nullptr);
    bytes->append(content.data(), content.size());
    return bytes;
}

/// As the kernel hands it over: another descriptor of the same file.
UniqueFd passed(SharedBytes& bytes) {
    bytes.note_passed();
    return UniqueFd(::dup(bytes.fd()));
}

std::shared_ptr<SharedBytes> received(SharedBytes& bytes) {
    return SharedBytes::receive(passed(bytes), bytes.size()).value();
}

ino_t inode_of(const SharedBytes& bytes) {
    struct stat file {};
    REQUIRE(::fstat(bytes.fd(), &file) == 0);
    return file.st_ino;
}

UniqueFd memory(std::size_t size, int seals) {
    UniqueFd fd(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    REQUIRE(::ftruncate(fd.get(), static_cast<off_t>(size)) == 0);
    REQUIRE(::fcntl(fd.get(), F_ADD_SEALS, seals) == 0);
    return fd;
}

}  // namespace

TEST_CASE("shared bytes are read as they were written, also when they outgrew their room") {
    const std::string content(large, 'a');
    auto bytes = SharedBytes::try_make(10, Readers::one);
    for (int i = 0; i < 3; ++i) bytes->append(content.data(), content.size());
    bytes->append("end", 3);
    CHECK(received(*bytes)->view() == content + content + content + "end");
    auto shorter = made(content);
    shorter->shrink(5);
    CHECK(received(*shorter)->view() == "aaaaa");
}

TEST_CASE("the room of shared bytes is used again when their reader is through, and not before") {
    auto first = made(std::string(large, 'a'));
    const ino_t room = inode_of(*first);
    auto reader = received(*first);
    first.reset();
    auto second = made(std::string(large, 'b'));
    CHECK(inode_of(*second) != room);
    CHECK(reader->view() == std::string(large, 'a'));
    reader.reset();
    auto third = made(std::string(large, 'c'));
    CHECK(inode_of(*third) == room);
    CHECK(received(*third)->view() == std::string(large, 'c'));
}

TEST_CASE("the room of shared bytes that nobody was given is used again") {
    auto first = made(std::string(large, 'a'));
    const ino_t room = inode_of(*first);
    first.reset();
    CHECK(inode_of(*made(std::string(large, 'b'))) == room);
}

TEST_CASE(
    "a reader that drops shared bytes without looking at them frees their room, one that passes them on does not") {
    auto first = made(std::string(large, 'a'));
    const ino_t room = inode_of(*first);
    auto broker = received(*first);
    auto reader = received(*broker);
    first.reset();
    broker.reset();
    const auto second = made(std::string(large, 'b'));
    CHECK(inode_of(*second) != room);
    reader.reset();
    CHECK(inode_of(*made(std::string(large, 'c'))) == room);
}

TEST_CASE("shared bytes for many readers stay what they are") {
    auto bytes = made(std::string(large, 'a'), Readers::many);
    CHECK(bytes->is_for_many());
    auto one = received(*bytes);
    one.reset();
    auto other = received(*bytes);
    bytes.reset();
    (void)made(std::string(large, 'b'));
    CHECK(other->view() == std::string(large, 'a'));
}

TEST_CASE("memory that could shrink under its reader, or is smaller than announced, is refused") {
    CHECK(SharedBytes::receive(memory(large, F_SEAL_GROW), large - 64).error().reason == "it may shrink");
    CHECK(SharedBytes::receive(memory(large, F_SEAL_SHRINK), large - 63).error().reason ==
          "it is smaller than announced");
    CHECK(SharedBytes::receive(memory(large, F_SEAL_SHRINK), SIZE_MAX).error().reason ==
          "it is smaller than announced");
    CHECK(SharedBytes::receive(memory(large, F_SEAL_SHRINK), large - 64).has_value());
    CHECK_FALSE(SharedBytes::receive(UniqueFd(::open("/dev/zero", O_RDWR | O_CLOEXEC)), 1).has_value());
}

TEST_CASE("the room that a killed reader has not freed is given up after a while") {
    for (int i = 0; i < 100; ++i) {
        auto bytes = made(std::string(large, 'a'));
        bytes->note_passed();  // and never freed
    }
    CHECK(made(std::string(large, 'b'))->view() == std::string(large, 'b'));
}

TEST_CASE("memory that was not used for a while is given back") {
    (void)made(std::string(large, 'a'));
    SharedBytes::give_back_unused();
    CHECK(SharedBytes::has_kept_memory());
    (void)made(std::string(large, 'b'));
    SharedBytes::give_back_unused();
    CHECK(SharedBytes::has_kept_memory());
    SharedBytes::give_back_unused();
    CHECK_FALSE(SharedBytes::has_kept_memory());
}
