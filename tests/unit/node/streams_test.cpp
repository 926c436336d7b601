// Bytes between a worker's pipes and the launcher: WriteQueue, OutputStream, InputPipe. Pipes of this process only.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "base/write_queue.hpp"
#include "node/input_pipe.hpp"
#include "node/output_stream.hpp"
#include "protocol/control.hpp"

namespace {

using namespace scoop;
using namespace std::chrono_literals;

const base::TimePoint begin{1h};

base::FdPair make_nonblocking_pipe() {
    auto pipe = base::make_pipe();
    REQUIRE(pipe);
    REQUIRE(base::set_nonblocking(pipe->first.get()));
    REQUIRE(base::set_nonblocking(pipe->second.get()));
    return std::move(*pipe);
}

std::string read_all(int fd) {
    std::string bytes;
    char part[65536];
    for (ssize_t size = 0; (size = ::read(fd, part, sizeof part)) > 0;)
        bytes.append(part, static_cast<std::size_t>(size));
    return bytes;
}

void write_all(int fd, const std::string& bytes) {
    REQUIRE(::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
}

// A pipe nobody reads. The node ignores the signal that comes with a write to it.
base::UniqueFd make_broken_pipe() {
    std::signal(SIGPIPE, SIG_IGN);
    return std::move(make_nonblocking_pipe().second);
}

}  // namespace

TEST_CASE("a write queue keeps the order and survives a full pipe") {
    auto pipe = make_nonblocking_pipe();
    base::WriteQueue queue;
    std::string expected;
    for (char letter = 'a'; letter <= 'z'; ++letter) {
        queue.push(std::string(10'000, letter));
        expected += std::string(10'000, letter);
    }
    std::string arrived;
    while (!queue.empty()) {
        const auto before = queue.size();
        const auto written = queue.write_to(pipe.second.get());
        REQUIRE(written);
        CHECK(queue.size() == before - *written);
        arrived += read_all(pipe.first.get());
    }
    CHECK(arrived == expected);
}

TEST_CASE("what goes first goes ahead of what waits, but into nothing that has begun") {
    auto pipe = make_nonblocking_pipe();
    base::WriteQueue queue;
    queue.push("second");
    queue.push_first("first");
    REQUIRE(queue.write_to(pipe.second.get()));
    CHECK(read_all(pipe.first.get()) == "firstsecond");

    const std::string large(200'000, 'x');
    queue.push(large);
    queue.push("last");
    REQUIRE(queue.write_to(pipe.second.get()));
    queue.push_first("urgent");
    std::string arrived;
    while (!queue.empty()) {
        arrived += read_all(pipe.first.get());
        REQUIRE(queue.write_to(pipe.second.get()));
    }
    arrived += read_all(pipe.first.get());
    CHECK(arrived == large + "urgentlast");
}

TEST_CASE("a write queue reports a reader that is gone") {
    const auto pipe = make_broken_pipe();
    base::WriteQueue queue;
    queue.push("x");
    CHECK_FALSE(queue.write_to(pipe.get()));
}

TEST_CASE("output is sent no further than the credit goes, and cut behind a line") {
    auto pipe = make_nonblocking_pipe();
    node::OutputStream stream(1, std::move(pipe.first));
    const std::string line = std::string(42, 'x') + '\n';
    std::size_t total = 0;
    while (stream.wants_read()) {
        for (int k = 0; k < 1000; ++k) write_all(pipe.second.get(), line);
        while (stream.wants_read()) {
            const auto bytes = stream.read(begin);
            if (!bytes) break;
            CHECK(control::encode(control::FrameType::output, control::to_payload(control::OutputChunk{0, 1, *bytes}))
                      .size() <= control::frame_size_max);
            CHECK(bytes->ends_with('\n'));
            total += bytes->size();
        }
    }
    CHECK(total == control::stream_credit_first / line.size() * line.size());

    stream.add_credit(1);
    REQUIRE(stream.wants_read());
    CHECK_FALSE(stream.read(begin).has_value());
    CHECK_FALSE(stream.wants_read());
    stream.add_credit(static_cast<std::uint32_t>(line.size()));
    CHECK(stream.read(begin) == line);
}

TEST_CASE("an unfinished line is sent when it is all that was written, or longer than a frame") {
    auto pipe = make_nonblocking_pipe();
    node::OutputStream stream(1, std::move(pipe.first));
    write_all(pipe.second.get(), "line\nname: ");
    CHECK(stream.read(begin) == "line\nname: ");
    write_all(pipe.second.get(), std::string(60'000, 'x'));
    const auto piece = stream.read(begin);
    REQUIRE(piece);
    CHECK(stream.read(begin) == std::string(60'000 - piece->size(), 'x'));
}

TEST_CASE("the end of a stream comes once, after its bytes") {
    auto pipe = make_nonblocking_pipe();
    node::OutputStream stream(2, std::move(pipe.first));
    CHECK_FALSE(stream.read(begin).has_value());
    write_all(pipe.second.get(), "last words");
    pipe.second.reset();
    CHECK(stream.read(begin) == "last words");
    CHECK(stream.read(begin) == "");
    CHECK_FALSE(stream.is_open());
    CHECK(stream.tail() == "last words");
}

TEST_CASE("the tail of a stream is its end, whatever came before") {
    auto pipe = make_nonblocking_pipe();
    node::OutputStream stream(2, std::move(pipe.first));
    write_all(pipe.second.get(), std::string(5000, 'x'));
    REQUIRE(stream.read(begin));
    write_all(pipe.second.get(), "end");
    REQUIRE(stream.read(begin));
    CHECK(stream.tail().size() == 1000);
    CHECK(stream.tail().ends_with("xend"));
}

TEST_CASE("after its writer's end a stream is drained at once if nobody else holds it") {
    auto pipe = make_nonblocking_pipe();
    node::OutputStream stream(1, std::move(pipe.first));
    write_all(pipe.second.get(), "x");
    pipe.second.reset();
    stream.on_writer_exit(begin);
    CHECK_FALSE(stream.drained_at());
    CHECK(stream.read(begin) == "x");
    CHECK(stream.read(begin) == "");
    CHECK(*stream.drained_at() <= begin);
}

TEST_CASE("a child of the writer that keeps the pipe is heard for a moment only") {
    auto pipe = make_nonblocking_pipe();
    node::OutputStream stream(1, std::move(pipe.first));
    write_all(pipe.second.get(), "from the writer");
    stream.on_writer_exit(begin);
    CHECK_FALSE(stream.drained_at());
    CHECK(stream.read(begin) == "from the writer");
    CHECK(stream.drained_at() == begin + 200ms);
    for (auto now = begin; now < begin + 5s; now += 100ms) {
        write_all(pipe.second.get(), "y");
        REQUIRE(stream.read(now));
    }
    CHECK(stream.drained_at() == begin + 2s);
}

TEST_CASE("what the writer wrote is waited for even without credit") {
    auto pipe = make_nonblocking_pipe();
    node::OutputStream stream(1, std::move(pipe.first));
    for (std::uint32_t left = control::stream_credit_first; left > 0;) {
        write_all(pipe.second.get(), std::string(4096, 'x'));
        left -= static_cast<std::uint32_t>(stream.read(begin)->size());
    }
    write_all(pipe.second.get(), "paused");
    stream.on_writer_exit(begin);
    CHECK_FALSE(stream.wants_read());
    CHECK_FALSE(stream.drained_at());
    stream.discard();
    CHECK(stream.read(begin) == "paused");
    CHECK(stream.drained_at());
}

TEST_CASE("a line of the writer that was cut is not lost when its child floods the pipe") {
    auto pipe = make_nonblocking_pipe();
    node::OutputStream stream(1, std::move(pipe.first));
    const std::string line = std::string(60, 'w') + '\n';
    std::string written;
    while (written.size() < 40'000) written += line;
    write_all(pipe.second.get(), written);
    std::string read = stream.read(begin).value();
    stream.on_writer_exit(begin);
    while (!stream.drained_at()) {
        write_all(pipe.second.get(), std::string(100, 'c') + '\n');
        read += stream.read(begin).value();
    }
    CHECK(read.starts_with(written));
}

TEST_CASE("an inherited stream has ended from the beginning") {
    node::OutputStream stream(1, base::UniqueFd());
    CHECK_FALSE(stream.wants_read());
    stream.on_writer_exit(begin);
    CHECK(stream.drained_at() == begin);
}

TEST_CASE("input arrives, its credit comes back, and its end closes the pipe") {
    auto pipe = make_nonblocking_pipe();
    node::InputPipe input(std::move(pipe.second));
    CHECK_FALSE(input.wants_write());
    REQUIRE(input.push("hello"));
    REQUIRE(input.push(""));
    CHECK(input.wants_write());
    CHECK(input.write() == 5);
    CHECK_FALSE(input.wants_write());
    CHECK(read_all(pipe.first.get()) == "hello");
    char byte = 0;
    CHECK(::read(pipe.first.get(), &byte, 1) == 0);
}

TEST_CASE("an end of the input without any bytes closes the pipe at once") {
    auto pipe = make_nonblocking_pipe();
    node::InputPipe input(std::move(pipe.second));
    REQUIRE(input.push(""));
    char byte = 0;
    CHECK(::read(pipe.first.get(), &byte, 1) == 0);
    CHECK(input.push("late"));
    CHECK_FALSE(input.wants_write());
}

TEST_CASE("input beyond the credit is refused") {
    auto pipe = make_nonblocking_pipe();
    node::InputPipe input(std::move(pipe.second));
    REQUIRE(input.push(std::string(control::stream_credit_first, 'x')));
    CHECK_FALSE(input.push("y"));
}

TEST_CASE("input for a root that closed its stdin is dropped and gives no credit") {
    node::InputPipe input(make_broken_pipe());
    REQUIRE(input.push("x"));
    CHECK(input.write() == 0);
    CHECK_FALSE(input.wants_write());
    CHECK(input.push("y"));
}
