#include "transport/local.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/unique_fd.hpp"

using scoop::protocol::Bytes;
using scoop::protocol::BytesWriter;
using scoop::transport::Attachments;
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
    LocalStream::Input receive() {
        return right->receive([&](std::string_view message, Attachments&& attachments) {
            came.emplace_back(message);
            came_beside.push_back(std::move(attachments));
        });
    }
    /// Lets the right side take in `count` messages, while the left one writes what it still has.
    void exchange(std::size_t count) {
        while (came.size() < count) {
            left->flush();
            REQUIRE(receive() == LocalStream::Input::open);
        }
    }
    std::optional<LocalStream> left;
    std::optional<LocalStream> right;
    std::vector<std::string> came;
    std::vector<Attachments> came_beside;
};

/// In shared memory if it is large.
Bytes bytes_of(const std::string& content) {
    BytesWriter writer;
    writer.append(content.data(), content.size());
    return writer.take();
}

/// Lets this process have no more descriptors than it has, as long as it lives.
class NoMoreDescriptors {
public:
    NoMoreDescriptors() {
        REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
        const int lowest_free = ::dup(0);
        ::close(lowest_free);
        const rlimit now{static_cast<rlim_t>(lowest_free), before_.rlim_max};
        REQUIRE(::setrlimit(RLIMIT_NOFILE, &now) == 0);
    }
    ~NoMoreDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

private:
    rlimit before_{};
};

/// The system lets a user have as many descriptors under way as one process may have open, root as many as it likes.
class Unprivileged {
public:
    Unprivileged() : user_(::geteuid()) {
        constexpr uid_t nobody = 65534;
        if (user_ == 0) REQUIRE(::seteuid(nobody) == 0);
    }
    ~Unprivileged() { (void)!::seteuid(user_); }

private:
    uid_t user_;
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
    CHECK(pair.receive() == LocalStream::Input::open);
    CHECK(pair.came == std::vector<std::string>{"last"});
    CHECK(pair.receive() == LocalStream::Input::ended);
    pair.right->send("nobody hears it");
    CHECK_FALSE(pair.right->has_unsent());
}

TEST_CASE("payloads in shared memory come with their message, whatever goes before and after it") {
    Pair pair;
    std::vector<std::string> contents;
    for (int i = 0; i < 24; ++i) {
        Attachments beside;
        for (int k = 0; k < i % 4; ++k) {
            contents.emplace_back(100'000 + 1000 * i + k, static_cast<char>('a' + i % 26));
            beside.push_back(bytes_of(contents.back()));
            REQUIRE(beside.back().shared() != nullptr);
        }
        pair.left->send(std::string(i % 8 == 0 ? 300'000 : 10, 'm'), std::move(beside));
    }
    CHECK(pair.left->has_unsent());
    pair.exchange(24);
    auto expected = contents.begin();
    for (int i = 0; i < 24; ++i) {
        REQUIRE(pair.came_beside[i].size() == i % 4);
        for (const Bytes& payload : pair.came_beside[i]) {
            CHECK(payload.shared() != nullptr);
            CHECK((payload.view() == *expected++));
        }
    }
}

TEST_CASE("a descriptor for which there is no room ends the stream with a sentence") {
    Pair pair;
    pair.left->send("message", {bytes_of(std::string(100'000, 'a'))});
    {
        const NoMoreDescriptors none;
        CHECK(pair.receive() == LocalStream::Input::broken);
    }
    CHECK(pair.right->problem().find("ulimit -n") != std::string::npos);
    CHECK(pair.came.empty());
}

TEST_CASE("when no more descriptors may be under way the bytes themselves are sent") {
    Pair pair;
    const Bytes payload = bytes_of(std::string(100'000, 'a'));
    {
        const Unprivileged user;
        const NoMoreDescriptors none;
        for (int i = 0; i < 100; ++i) pair.left->send("message", {payload});
    }
    pair.exchange(100);
    int as_bytes = 0;
    for (const Attachments& beside : pair.came_beside) {
        REQUIRE(beside.size() == 1);
        CHECK((beside[0].view() == payload.view()));
        if (beside[0].shared() == nullptr) ++as_bytes;
    }
    CHECK(as_bytes > 0);
    CHECK(as_bytes < 100);
}
