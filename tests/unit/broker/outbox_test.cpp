#include "broker/outbox.hpp"

#include <doctest/doctest.h>

#include <string>

#include "protocol/limits.hpp"

using namespace scoop;
using namespace scoop::broker;
using namespace scoop::protocol;

namespace {

TaskItem task(std::uint64_t counter, std::size_t size = 1) { return {{0, 0, counter}, 1, 42, std::string(size, 'x')}; }
ResultItem result(std::uint64_t counter) { return {{0, 0, counter}, Outcome::value, "x"}; }

}  // namespace

TEST_CASE("items of one kind travel in one message, in their order") {
    Outbox outbox;
    for (std::uint64_t i = 0; i < 3; ++i) outbox.add_task(task(i));
    const auto messages = outbox.take();
    REQUIRE(messages.size() == 1);
    CHECK(messages[0] == Message(Tasks{{task(0), task(1), task(2)}}));
    CHECK(outbox.empty());
}

TEST_CASE("tasks after a Steal do not move before it, results may") {
    Outbox outbox;
    outbox.add_task(task(1));
    outbox.add_result(result(1));
    outbox.add(Steal{1});
    outbox.add_result(result(2));
    outbox.add_task(task(2));
    const auto messages = outbox.take();
    REQUIRE(messages.size() == 4);
    CHECK(messages[0] == Message(Tasks{{task(1)}}));
    CHECK(messages[1] == Message(Results{{result(1), result(2)}}));
    CHECK(messages[2] == Message(Steal{1}));
    CHECK(messages[3] == Message(Tasks{{task(2)}}));
}

TEST_CASE("lost tasks are told apart by what they were lost with") {
    Outbox outbox;
    outbox.add_lost({0, 0, 1}, {"killed", 4, {9, 0}});
    outbox.add_lost({0, 0, 2}, {"killed", 4, {9, 0}});
    outbox.add_lost({0, 0, 3}, {"killed", 5, {9, 0}});
    const auto messages = outbox.take();
    REQUIRE(messages.size() == 2);
    CHECK(messages[0] == Message(Lost{{{0, 0, 1}, {0, 0, 2}}, {"killed", 4, {9, 0}}}));
    CHECK(messages[1] == Message(Lost{{{0, 0, 3}}, {"killed", 5, {9, 0}}}));
}

TEST_CASE("messages are closed when they have enough items or bytes; a large item travels alone") {
    Outbox outbox;
    for (std::uint64_t i = 0; i < batch_items_max + 1; ++i) outbox.add_result(result(i));
    CHECK(outbox.take().size() == 2);
    for (std::uint64_t i = 0; i < 3; ++i) outbox.add_task(task(i, batch_bytes_max / 2 - 200));
    CHECK(outbox.take().size() == 2);
    outbox.add_task(task(0, 2 * batch_bytes_max));
    outbox.add_task(task(1));
    CHECK(outbox.take().size() == 2);
}
