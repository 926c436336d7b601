#include "protocol/link.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "protocol/limits.hpp"

using namespace scoop;
using namespace scoop::protocol;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t host = 5;
constexpr std::uint64_t session = 77;

/// One side of a link under test, with what it delivered.
struct Side {
    Link link;
    std::vector<std::string> delivered;
    std::size_t frames_sent = 0;

    void receive(const std::string& frame, base::TimePoint now) {
        const auto message = link.on_frame(frame, now);
        REQUIRE(message);
        if (*message) delivered.emplace_back(**message);
    }
    std::vector<std::string> take(base::TimePoint now) {
        auto frames = link.take_frames(now);
        frames_sent += frames.size();
        return frames;
    }
};

/// Two sides and their clock.
struct Pair {
    base::TimePoint now{1h};
    Side low{Link::connecting(host, session, now), {}};
    Side high{Link::accepting(root_broker_number, now), {}};

    /// Frames go both ways, none lost, until neither side has anything to say at this moment.
    void settle() {
        for (bool quiet = false; !quiet;) {
            const auto up = low.take(now);
            for (const auto& frame : up) high.receive(frame, now);
            const auto down = high.take(now);
            for (const auto& frame : down) low.receive(frame, now);
            quiet = up.empty() && down.empty();
        }
    }
    /// Both sides know each other and owe nothing.
    void meet() {
        low.link.send("hello");
        settle();
        now += link_acknowledge_delay;
        settle();
        REQUIRE(low.link.is_flushed());
        low.frames_sent = high.frames_sent = 0;
        low.delivered.clear();
        high.delivered.clear();
    }
};

std::vector<std::string> numbered(int first, int count) {
    std::vector<std::string> messages;
    for (int i = first; i < first + count; ++i) messages.push_back("message " + std::to_string(i));
    return messages;
}

}  // namespace

TEST_CASE("messages arrive in order, and one acknowledgement does for many") {
    Pair pair;
    pair.meet();
    for (const auto& message : numbered(0, 100)) pair.low.link.send(message);
    pair.settle();
    CHECK(pair.high.delivered == numbered(0, 100));
    CHECK(pair.high.frames_sent == 0);
    CHECK_FALSE(pair.low.link.is_flushed());
    pair.now += link_acknowledge_delay;
    pair.settle();
    CHECK(pair.high.frames_sent == 1);
    CHECK(pair.low.link.is_flushed());
}

TEST_CASE("an acknowledgement rides on a message when there is one") {
    Pair pair;
    pair.meet();
    pair.low.link.send("question");
    pair.settle();
    pair.high.link.send("answer");
    pair.settle();
    CHECK(pair.low.link.is_flushed());
    CHECK(pair.high.frames_sent == 1);
}

TEST_CASE("an idle link speaks once a second and needs no other call") {
    Pair pair;
    pair.meet();
    for (int second = 0; second < 5; ++second) {
        const auto start = pair.now;
        pair.now = std::min(pair.low.link.deadline(), pair.high.link.deadline());
        CHECK(pair.now - start <= link_heartbeat_period);
        pair.settle();
    }
    CHECK(pair.low.frames_sent <= 5);
    CHECK(pair.high.frames_sent <= 5);
    CHECK(pair.low.frames_sent + pair.high.frames_sent >= 5);
}

TEST_CASE("the accepting side says nothing before it knows its session") {
    Pair pair;
    pair.high.link.send("early");
    CHECK(pair.high.take(pair.now + 10s).empty());
    CHECK(pair.high.link.deadline() == base::TimePoint::max());
    pair.meet();
    CHECK(pair.high.link.is_flushed());
}

TEST_CASE("a connection that is slow does not carry anything twice") {
    Pair pair;
    pair.meet();
    pair.low.link.send("slow");
    const auto frames = pair.low.take(pair.now);
    REQUIRE(frames.size() == 1);
    std::vector<std::string> probes;
    const auto end = pair.now + 10s;
    while (pair.now < end) {
        pair.now = pair.low.link.deadline();
        for (auto& frame : pair.low.take(pair.now)) probes.push_back(frame);
    }
    CHECK(probes.size() <= 20);  // 200 ms, doubling to 2 s, and heartbeats
    for (const auto& frame : probes) CHECK(frame.find("slow") == std::string::npos);
    pair.high.receive(frames[0], pair.now);
    for (const auto& frame : probes) pair.high.receive(frame, pair.now);
    pair.settle();
    CHECK(pair.high.delivered == std::vector<std::string>{"slow"});
    CHECK(pair.low.link.is_flushed());
}

TEST_CASE("what was lost is sent again after the probe that shows it") {
    Pair pair;
    pair.meet();
    for (const auto& message : numbered(0, 10)) pair.low.link.send(message);
    REQUIRE(pair.low.take(pair.now).size() == 10);  // lost
    pair.now += link_probe_delay_first;
    pair.settle();
    CHECK(pair.high.delivered == numbered(0, 10));
}

TEST_CASE("a gap is reported and repaired at once, and once only") {
    Pair pair;
    pair.meet();
    for (const auto& message : numbered(0, 10)) pair.low.link.send(message);
    const auto frames = pair.low.take(pair.now);
    pair.now += link_probe_delay_first;
    const auto probe = pair.low.take(pair.now);
    REQUIRE(probe.size() == 1);

    for (std::size_t i = 1; i < frames.size(); ++i) pair.high.receive(frames[i], pair.now);  // frames[0] is lost
    const auto report = pair.high.take(pair.now);
    CHECK(report.size() == 1);
    for (const auto& frame : report) pair.low.receive(frame, pair.now);
    const auto repair = pair.low.take(pair.now);
    CHECK(repair.size() == 10);
    // The probe went out before the repair, and shows the same gap.
    pair.high.receive(probe[0], pair.now);
    for (const auto& frame : pair.high.take(pair.now)) pair.low.receive(frame, pair.now);
    CHECK(pair.low.take(pair.now).empty());
    for (const auto& frame : repair) pair.high.receive(frame, pair.now);
    CHECK(pair.high.delivered == numbered(0, 10));
}

TEST_CASE("probes become rarer while nothing is acknowledged, and quick again afterwards") {
    Pair pair;
    pair.meet();
    for (int time = 0; time < 2; ++time) {
        pair.low.link.send("lost");
        REQUIRE(pair.low.take(pair.now).size() == 1);
        for (auto delay = link_probe_delay_first; delay < link_heartbeat_period; delay *= 2) {
            CHECK(pair.low.link.deadline() == pair.now + delay);
            pair.now += delay;
            CHECK(pair.low.take(pair.now).size() == 1);
        }
        pair.low.link.on_reconnect();
        pair.settle();
        pair.now += link_acknowledge_delay;
        pair.settle();
        REQUIRE(pair.low.link.is_flushed());
    }
}

TEST_CASE("after a reconnect the other side is asked at once what it has") {
    Pair pair;
    pair.meet();
    pair.low.link.send("lost");
    REQUIRE(pair.low.take(pair.now).size() == 1);
    pair.low.link.on_reconnect();
    CHECK(pair.low.link.deadline() <= pair.now);
    pair.settle();
    CHECK(pair.high.delivered == std::vector<std::string>{"lost"});
}

TEST_CASE("a frame that comes twice is delivered once") {
    Pair pair;
    pair.meet();
    pair.low.link.send("once");
    const auto frames = pair.low.take(pair.now);
    REQUIRE(frames.size() == 1);
    for (int i = 0; i < 3; ++i) pair.high.receive(frames[0], pair.now);
    CHECK(pair.high.delivered == std::vector<std::string>{"once"});
}

TEST_CASE("long messages travel in fragments and within the window") {
    Pair pair;
    pair.meet();
    std::string large(link_window_bytes + fragment_size_max + 12345, '\0');
    for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 2654435761u >> 24);
    const std::vector<std::string> messages = {large, "", std::string(fragment_size_max, 'x'), "end"};
    for (const auto& message : messages) pair.low.link.send(message);

    const auto frames = pair.low.take(pair.now);
    std::size_t bytes = 0;
    for (const auto& frame : frames) {
        CHECK(frame.size() <= fragment_size_max + 100);
        bytes += frame.size();
    }
    CHECK(bytes <= link_window_bytes + fragment_size_max + 100 * frames.size());
    for (const auto& frame : frames) pair.high.receive(frame, pair.now);
    pair.settle();
    CHECK((pair.high.delivered == messages));
    pair.now += link_acknowledge_delay;
    pair.settle();
    CHECK(pair.low.link.is_flushed());
}

TEST_CASE("frames of another session are not heard") {
    Pair pair;
    pair.meet();
    Link earlier = Link::connecting(host, session + 1, pair.now);
    earlier.send("ghost");
    for (const auto& frame : earlier.take_frames(pair.now)) pair.high.receive(frame, pair.now);
    CHECK(pair.high.delivered.empty());
}

TEST_CASE("bytes that are no frame of ours are a failure") {
    Pair pair;
    pair.meet();
    pair.low.link.send("x");
    const std::string frame = pair.low.take(pair.now).at(0);
    for (std::size_t size = 0; size + 1 < frame.size(); ++size)
        CHECK_FALSE(pair.high.link.on_frame(frame.substr(0, size), pair.now));
    CHECK_FALSE(pair.high.link.on_frame("X" + frame.substr(1), pair.now));
    CHECK(Link::sender_of(frame) == host);
    CHECK_FALSE(Link::sender_of("hello"));

    std::mt19937 random(1);
    for (int i = 0; i < 20'000; ++i) {
        std::string damaged = frame;
        for (int k = 0; k < 3; ++k) damaged[4 + random() % (damaged.size() - 4)] = static_cast<char>(random());
        Link victim = pair.high.link;
        (void)victim.on_frame(damaged, pair.now);
        (void)victim.take_frames(pair.now);
    }
}

TEST_CASE("an acknowledgement of what was never sent is a failure") {
    Pair pair;
    pair.meet();
    Link liar = Link::connecting(root_broker_number, session, pair.now);
    for (const auto& message : numbered(0, 5)) pair.low.link.send(message);
    for (const auto& frame : pair.low.take(pair.now)) pair.high.receive(frame, pair.now);
    Pair other;
    other.meet();
    pair.now += 1s;
    bool was_refused = false;
    for (const auto& frame : pair.high.take(pair.now)) was_refused |= !other.low.link.on_frame(frame, pair.now);
    CHECK(was_refused);
}

namespace {

/// Carries frames one way, badly: some are lost, some come twice, some late. A broken connection loses what is under
/// way.
class BadChannel {
public:
    BadChannel(std::mt19937& random, unsigned badness) : random_(random), badness_(badness) {}

    void push(const std::string& frame, base::TimePoint now) {
        for (auto copies = is_unlucky() ? random_() % 3 : 1; copies > 0; --copies) {
            const auto delay = is_unlucky() ? std::chrono::milliseconds(random_() % 500) : 1ms;
            under_way_.emplace(now + delay, frame);
        }
    }
    void break_connection() { under_way_.clear(); }
    [[nodiscard]] base::TimePoint deadline() const {
        return under_way_.empty() ? base::TimePoint::max() : under_way_.begin()->first;
    }
    void deliver(Side& to, base::TimePoint now) {
        while (!under_way_.empty() && under_way_.begin()->first <= now) {
            const std::string frame = under_way_.begin()->second;
            under_way_.erase(under_way_.begin());
            to.receive(frame, now);
        }
    }

private:
    bool is_unlucky() { return random_() % 100 < badness_; }
    std::mt19937& random_;
    unsigned badness_;
    std::multimap<base::TimePoint, std::string> under_way_;
};

void simulate(std::uint32_t seed, unsigned badness, unsigned breaks_per_thousand) {
    CAPTURE(seed);
    CAPTURE(badness);
    std::mt19937 random(seed);
    Pair pair;
    BadChannel up(random, badness);
    BadChannel down(random, badness);
    std::vector<std::string> sent_up;
    std::vector<std::string> sent_down;
    const int steps = 200;
    int step = 0;
    for (; step < steps || !pair.low.link.is_flushed() || !pair.high.link.is_flushed(); ++step) {
        REQUIRE(step < 500 * steps);
        if (step < steps && random() % 2) {
            const std::size_t size = random() % 100 ? random() % 50 : random() % (3 * fragment_size_max);
            auto& sent = random() % 2 ? sent_up : sent_down;
            sent.push_back(std::to_string(step) + std::string(size, 'x'));
            (&sent == &sent_up ? pair.low : pair.high).link.send(sent.back());
        }
        if (step < steps && random() % 1000 < breaks_per_thousand) {
            up.break_connection();
            down.break_connection();
            pair.low.link.on_reconnect();
        }
        for (const auto& frame : pair.low.take(pair.now)) up.push(frame, pair.now);
        for (const auto& frame : pair.high.take(pair.now)) down.push(frame, pair.now);
        const auto next =
            std::min({up.deadline(), down.deadline(), pair.low.link.deadline(), pair.high.link.deadline()});
        pair.now = std::max(pair.now, std::min(next, pair.now + std::chrono::milliseconds(step < steps ? 10 : 10'000)));
        up.deliver(pair.high, pair.now);
        down.deliver(pair.low, pair.now);
    }
    CHECK((pair.high.delivered == sent_up));
    CHECK((pair.low.delivered == sent_down));
}

}  // namespace

TEST_CASE("over a channel that loses, doubles, delays and breaks everything arrives once and in order") {
    for (std::uint32_t seed = 0; seed < 10; ++seed) {
        simulate(seed, 0, 0);
        simulate(seed, 0, 20);
        simulate(seed, 5, 5);
        simulate(seed, 40, 20);
    }
}
