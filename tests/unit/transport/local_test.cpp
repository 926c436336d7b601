#include "transport/local.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/unique_fd.hpp"

using scoop::transport::LocalStream;

namespace {

struct Pair {
    Pair() {
        auto ends = scoop::base::make_socket_pair().value();
        for (const int fd : {ends.first.get(), ends.second.get()})
            REQUIRE(scoop::base::set_nonblocking(fd).has_value());
        left.emplace(std::move(ends.first));
        right.emplace(std::move(ends.second));
    }
    /// Lets the right side take in `count` messages, while the left one writes what it still has.
    void exchange(std::size_t count) {
        while (came.size() < count) {
            left->flush();
            REQUIRE(right->receive([&](std::string_view message) { came.emplace_back(message); }) ==
                    LocalStream::Input::open);
        }
    }
    std::optional<LocalStream> left;
    std::optional<LocalStream> right;
    std::vector<std::string> came;
};

}  // namespace

TEST_CASE("messages of a local stream come whole and in order, empty ones too") {
    Pair pair;
    for (const char* message : {"one", "", "three"}) pair.left->send(message);
    pair.exchange(3);
    CHECK(pair.came == std::vector<std::string>{"one", "", "three"});
}

TEST_CASE("what a local socket does not take at once waits, and nothing overtakes it") {
    Pair pair;
    std::vector<std::string> sent;
    for (std::size_t i = 0; i < 40; ++i)
        sent.emplace_back(i % 8 == 0 ? 300'000 + i : i, static_cast<char>('a' + i % 26));
    for (const auto& message : sent) pair.left->send(message);
    CHECK(pair.left->has_unsent());
    pair.exchange(sent.size());
    CHECK_FALSE(pair.left->has_unsent());
    CHECK((pair.came == sent));
}

TEST_CASE("the end of a local stream is seen after its last message, and sending to it is no error") {
    Pair pair;
    pair.left->send("last");
    pair.left.reset();
    CHECK(pair.right->receive([&](std::string_view message) { pair.came.emplace_back(message); }) ==
          LocalStream::Input::open);
    CHECK(pair.came == std::vector<std::string>{"last"});
    CHECK(pair.right->receive([](std::string_view) {}) == LocalStream::Input::ended);
    pair.right->send("nobody hears it");
    CHECK_FALSE(pair.right->has_unsent());
}
