// Whom to send which signal at the end of a job.
#include "node/end_core.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <utility>
#include <vector>

namespace {

using namespace scoop;
using namespace std::chrono_literals;
using Sent = std::vector<std::pair<pid_t, int>>;

const base::TimePoint begin{1h};

Sent asked(std::vector<pid_t> pids) {
    Sent sent;
    for (const pid_t pid : pids) sent.insert(sent.end(), {{pid, SIGTERM}, {pid, SIGCONT}});
    return sent;
}

Sent turn(node::EndCore& end, base::Duration after, std::vector<pid_t> descendants) {
    Sent sent;
    for (const auto& signal : end.on_turn(begin + after, descendants)) sent.emplace_back(signal.pid, signal.number);
    return sent;
}

}  // namespace

TEST_CASE("nobody is signalled while the workers have time to end by themselves") {
    node::EndCore end(begin + 500ms, begin + 5s);
    CHECK(turn(end, 0s, {7, 8}).empty());
    CHECK(turn(end, 499ms, {7, 8}).empty());
    CHECK(end.next_turn(begin) == begin + 500ms);
}

TEST_CASE("every descendant is asked once, those that appear later too") {
    node::EndCore end(begin, begin + 5s);
    CHECK(turn(end, 0s, {7, 8}) == asked({7, 8}));
    CHECK(turn(end, 1s, {7, 9}) == asked({9}));
    CHECK(end.next_turn(begin + 1s) > begin + 1s);
    CHECK(end.next_turn(begin + 4999ms) == begin + 5s);
}

TEST_CASE("after the grace everything is killed, again and again") {
    node::EndCore end(begin, begin + 5s);
    CHECK(turn(end, 0s, {7}) == asked({7}));
    CHECK(turn(end, 5s, {7, 8}) == Sent{{7, SIGKILL}, {8, SIGKILL}});
    CHECK(turn(end, 6s, {8}) == Sent{{8, SIGKILL}});
    CHECK(end.next_turn(begin + 6s) > begin + 6s);
}

TEST_CASE("what the kernel does not let go is given up at last") {
    node::EndCore end(begin, begin + 5s);
    CHECK_FALSE(end.has_given_up(begin + 5s));
    CHECK(end.has_given_up(begin + 5s + node::kill_wait_max));
    CHECK(turn(end, 5s + node::kill_wait_max, {7}).empty());
}

TEST_CASE("a hurry makes the end earlier, never later") {
    node::EndCore end(begin + 500ms, begin + 5s);
    end.hurry(begin + 1s, begin + 10s);
    CHECK(turn(end, 500ms, {7}) == asked({7}));
    CHECK(turn(end, 5s, {7}) == Sent{{7, SIGKILL}});
    node::EndCore other(begin + 500ms, begin + 5s);
    other.hurry(begin, begin + 1s);
    CHECK(turn(other, 0s, {7}) == asked({7}));
    CHECK(turn(other, 1s, {7}) == Sent{{7, SIGKILL}});
}

TEST_CASE("time in which this process stood still is no grace for those below") {
    node::EndCore end(begin, begin + 5s);
    CHECK(turn(end, 1s, {7}) == asked({7}));
    end.on_pause(60s);
    CHECK(turn(end, 62s, {8}) == asked({8}));
    CHECK(turn(end, 65s, {8}) == Sent{{8, SIGKILL}});
}
