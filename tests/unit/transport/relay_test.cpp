// Two ends of a relay, with the frames between them in the hands of the test, and socket pairs at their far ends.
#include "transport/relay.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <deque>
#include <string>
#include <vector>

namespace {

using namespace scoop;
using control::FrameType;
using transport::Relay;

// A socket pair: one end is the relay's, the other the test's.
struct Line {
    base::UniqueFd ours;
    base::UniqueFd theirs;
    Line() {
        auto pair = base::make_socket_pair();
        REQUIRE(pair);
        ours = std::move(pair->first);
        theirs = std::move(pair->second);
        REQUIRE(base::set_nonblocking(ours.get()));
        REQUIRE(base::set_nonblocking(theirs.get()));
    }
    [[nodiscard]] std::size_t write(const std::string& bytes) const {
        const auto count = ::write(ours.get(), bytes.data(), bytes.size());
        return count > 0 ? static_cast<std::size_t>(count) : 0;
    }
    [[nodiscard]] std::string read() const {
        std::string bytes(1 << 16, '\0');
        const auto count = ::read(ours.get(), bytes.data(), bytes.size());
        bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
        return bytes;
    }
    [[nodiscard]] bool has_ended() const {
        char byte = 0;
        return ::read(ours.get(), &byte, 1) == 0;
    }
};

class TwoEnds {
public:
    Line broker;       ///< of the host, at the node's end
    Line root_broker;  ///< at the launcher's end
    int connections = 0;
    bool root_broker_answers = true;
    std::deque<control::Message> to_launcher;
    std::deque<control::Message> to_node;
    Relay node{[this](FrameType type, std::string_view bytes) { to_launcher.push_back({type, std::string(bytes)}); }};
    Relay launcher{[this](FrameType type, std::string_view bytes) {
                       to_node.push_back({type, std::string(bytes)});
                   },
                   [this]() -> base::Result<base::UniqueFd> {
                       ++connections;
                       if (!root_broker_answers) return base::failure("connect", "refused");
                       return std::move(root_broker.theirs);
                   }};

    TwoEnds() { node.add(std::move(broker.theirs)); }

    // What either end has to do; frames stay where they are.
    void turn() {
        base::PollSet poll_set;
        node.watch(poll_set);
        launcher.watch(poll_set);
        poll_set.wait(base::Duration::zero());
    }
    void deliver() {
        while (!to_launcher.empty() || !to_node.empty()) {
            for (; !to_launcher.empty(); to_launcher.pop_front()) REQUIRE(launcher.on_message(to_launcher.front()));
            for (; !to_node.empty(); to_node.pop_front()) REQUIRE(node.on_message(to_node.front()));
        }
    }
    void run() {
        for (int k = 0; k < 100; ++k) {
            turn();
            deliver();
        }
    }
};

control::Message chunk(std::uint32_t number, std::string bytes) {
    return {FrameType::relay, control::to_payload(control::RelayChunk{number, std::move(bytes)})};
}

}  // namespace

TEST_CASE("a relayed connection carries bytes both ways") {
    TwoEnds ends;
    CHECK(ends.broker.write("hello") == 5);
    ends.run();
    CHECK(ends.connections == 1);
    CHECK(ends.root_broker.read() == "hello");
    CHECK(ends.root_broker.write("welcome") == 7);
    ends.run();
    CHECK(ends.broker.read() == "welcome");
}

TEST_CASE("a reader that does not read stops its writer, and nothing is lost when it goes on") {
    TwoEnds ends;
    std::string sent;
    for (std::size_t count = 1, k = 0; count > 0; ++k) {
        // As long as somebody still takes something.
        count = 0;
        for (std::size_t more = 1; more > 0; count += more) {
            const std::string bytes(4096, static_cast<char>('a' + k % 26));
            more = ends.broker.write(bytes);
            sent.append(bytes, 0, more);
        }
        ends.run();
    }
    CHECK(sent.size() >= control::relay_credit_first);
    CHECK(sent.size() < 3 * control::relay_credit_first);
    std::string received;
    for (std::string bytes = ends.root_broker.read(); !bytes.empty(); bytes = ends.root_broker.read()) {
        received += bytes;
        ends.run();
    }
    CHECK(received == sent);
}

TEST_CASE("the end of a connection at one end is its end at the other") {
    SUBCASE("the host's broker leaves") {
        TwoEnds ends;
        CHECK(ends.broker.write("x") == 1);
        ends.run();
        ends.broker.ours.reset();
        ends.run();
        CHECK(ends.root_broker.read() == "x");
        CHECK(ends.root_broker.has_ended());
        CHECK((ends.node.streams() == 0 && ends.launcher.streams() == 0));
    }
    SUBCASE("the root broker leaves") {
        TwoEnds ends;
        CHECK(ends.broker.write("x") == 1);
        ends.run();
        ends.root_broker.ours.reset();
        ends.run();
        CHECK(ends.broker.has_ended());
    }
    SUBCASE("the root broker cannot be reached") {
        TwoEnds ends;
        ends.root_broker_answers = false;
        CHECK(ends.broker.write("x") == 1);
        ends.run();
        CHECK(ends.broker.has_ended());
    }
}

TEST_CASE("a connection that ended is not opened again by what was still under way") {
    TwoEnds ends;
    CHECK(ends.broker.write("x") == 1);
    ends.run();
    ends.root_broker.ours.reset();
    CHECK(ends.broker.write("y") == 1);
    ends.run();
    REQUIRE(ends.launcher.on_message(chunk(1, "late")));
    CHECK((ends.connections == 1 && ends.launcher.streams() == 0));
}

TEST_CASE("a peer that breaks the rules of the relay is refused") {
    TwoEnds ends;
    // The node takes no connections from there.
    CHECK_FALSE(ends.node.on_message(chunk(9, "x")));
    CHECK_FALSE(ends.launcher.on_message({FrameType::relay, "abc"}));
    // More than its credit. The reader takes nothing.
    REQUIRE(ends.launcher.on_message(chunk(1, "x")));
    bool is_refused = false;
    for (std::uint32_t k = 0; k < 100 && !is_refused; ++k)
        is_refused = !ends.launcher.on_message(chunk(1, std::string(control::relay_credit_first / 16, 'x')));
    CHECK(is_refused);
    // Credit for what was never sent.
    CHECK_FALSE(ends.node.on_message({FrameType::relay_credit, control::to_payload(control::RelayCredit{1, 1})}));
    // Too many connections.
    ends.root_broker_answers = true;
    is_refused = false;
    for (std::uint32_t k = 2; k < 100 && !is_refused; ++k) {
        ends.root_broker = Line();
        is_refused = !ends.launcher.on_message(chunk(k, "x"));
    }
    CHECK(is_refused);
}
