// The thread that writes: order, accounts, errors, and no more memory than the bytes take. Pipes of this process only.
#include "launcher/stream_writer.hpp"

#include <doctest/doctest.h>
#include <poll.h>

#include <atomic>
#include <csignal>
#include <string>
#include <vector>

#include "base/unique_fd.hpp"

namespace {

using namespace scoop;
using namespace scoop::launcher;

constexpr base::Source rank_0{0, 0, 1};
constexpr base::Source rank_1{0, 1, 1};

void wait_for(base::Wakeup& wakeup) {
    pollfd ready{wakeup.fd(), POLLIN, 0};
    ::poll(&ready, 1, -1);
    wakeup.clear();
}

void wait_until_idle(const StreamWriter& writer, base::Wakeup& progress) {
    while (!writer.is_idle()) wait_for(progress);
}

StampedText text(const base::Source& source, std::string bytes) { return {{source, std::move(bytes)}, {}}; }

}  // namespace

TEST_CASE("texts come out in order, and their bytes count for whoever wrote them") {
    base::Wakeup progress;
    std::string out;
    StreamWriter writer(
        [&](const StampedText& one, int) {
            out += one.text.bytes;
            return std::optional<WriteError>();
        },
        progress);
    writer.write(text(rank_0, "a\n"));
    writer.write(text(rank_1, "bb\n"));
    writer.write(text(rank_0, "c\n"));
    wait_until_idle(writer, progress);
    CHECK(out == "a\nbb\nc\n");
    CHECK(writer.take_written() == std::map<base::Source, std::uint32_t>{{rank_0, 4}, {rank_1, 3}});
    CHECK(writer.take_written().empty());
    CHECK_FALSE(writer.error());
}

TEST_CASE("many small texts behind a slow reader are put together, each source's in order") {
    constexpr int count = 50'000;
    base::Wakeup progress;
    base::Wakeup may_go_on;
    std::atomic<int> texts = 0;
    std::map<base::Source, std::string> out;
    StreamWriter writer(
        [&](const StampedText& one, int) {
            if (++texts == 1) wait_for(may_go_on);
            out[one.text.source] += one.text.bytes;
            return std::optional<WriteError>();
        },
        progress);
    std::map<base::Source, std::string> in;
    for (int k = 0; k < count; ++k) {
        const auto source = k % 3 == 0 ? rank_0 : rank_1;
        in[source] += std::to_string(k) + '\n';
        writer.write(text(source, std::to_string(k) + '\n'));
    }
    may_go_on.signal();
    wait_until_idle(writer, progress);
    CHECK(in == out);
    CHECK(texts <= static_cast<int>(StreamWriter::single_texts_max) + 2);
    CHECK(writer.take_written().at(rank_0) == in[rank_0].size());
}

TEST_CASE("after an error everything is thrown away and counts as written") {
    base::Wakeup progress;
    int calls = 0;
    StreamWriter writer(
        [&](const StampedText&, int) {
            ++calls;
            return std::optional(WriteError{false, "full"});
        },
        progress);
    writer.write(text(rank_0, "a"));
    writer.write(text(rank_0, "b"));
    wait_until_idle(writer, progress);
    CHECK(calls == 1);
    CHECK(writer.error()->sentence == "full");
    CHECK(writer.take_written().at(rank_0) == 2);
}

TEST_CASE("a pipe that nobody reads is told apart, and one that is full is given up when asked") {
    std::signal(SIGPIPE, SIG_IGN);
    base::Wakeup stop;
    auto pipe = base::make_pipe();
    REQUIRE(pipe);
    CHECK_FALSE(write_all(pipe->second.get(), "abc", stop.fd()));
    stop.signal();
    CHECK_FALSE(write_all(pipe->second.get(), "x", stop.fd())->is_reader_gone);
    stop.clear();
    pipe->first.reset();
    CHECK(write_all(pipe->second.get(), "x", stop.fd())->is_reader_gone);
}
