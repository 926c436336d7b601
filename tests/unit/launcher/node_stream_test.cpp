// The ready line and the frames in what a host says.
#include "launcher/node_stream.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "launcher/start_command.hpp"

namespace {

using namespace scoop;
using launcher::NodeStream;

const std::string ready_line(control::ready_line);
const std::string note_frame = control::encode(control::FrameType::note, "hi");

}  // namespace

TEST_CASE("frames follow the ready line, however the bytes are cut") {
    const std::string bytes = "Welcome!\n" + std::string(launcher::shell_marker) + "\n" + ready_line + note_frame;
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        NodeStream stream;
        std::string notes;
        for (const auto& part : {bytes.substr(0, cut), bytes.substr(cut)}) {
            stream.push(part);
            for (auto message = stream.next(); message && *message; message = stream.next())
                notes += (*message)->payload;
        }
        CHECK(notes == "hi");
        CHECK(stream.is_node());
        CHECK(stream.has_shell());
        CHECK(stream.noise() == "Welcome!\n");
    }
}

TEST_CASE("what the receiver of files says is told apart from noise, behind the line of the shell only") {
    NodeStream stream;
    stream.push("scoop-stage begin early\n" + std::string(launcher::shell_marker) +
                "\nscoop-stage begin x86_64 /tmp/a b\nnoise\nscoop-stage got 1 2");
    CHECK(stream.next().has_value());
    CHECK(stream.take_stage_lines() == std::vector<std::string>{"begin x86_64 /tmp/a b"});
    CHECK(stream.noise() == "scoop-stage begin early\nnoise\n");
    stream.push("\n" + ready_line + "scoop-stage got 3 4\n");
    (void)stream.next();
    CHECK(stream.take_stage_lines() == std::vector<std::string>{"got 1 2"});
    CHECK(stream.take_stage_lines().empty());
}

TEST_CASE("the end of the set-up is told apart from what it prints") {
    NodeStream stream;
    stream.push(std::string(launcher::shell_marker) + "\nloading gcc\n");
    CHECK(stream.next().has_value());
    CHECK_FALSE(stream.is_setup_done());
    stream.push(std::string(launcher::setup_marker) + "\n" + ready_line);
    CHECK(stream.next().has_value());
    CHECK(stream.is_setup_done());
    CHECK(stream.is_node());
    CHECK(stream.noise() == "loading gcc\n");
}

TEST_CASE("a login shell may leave its last line unfinished") {
    NodeStream stream;
    stream.push("prompt> " + std::string(launcher::shell_marker) + "\n" + ready_line);
    CHECK(stream.next().has_value());
    CHECK(stream.is_node());
    CHECK(stream.noise() == "prompt> ");
}

TEST_CASE("the ready line counts only on a line of its own") {
    NodeStream stream;
    stream.push("I say " + ready_line);
    CHECK(stream.next().has_value());
    CHECK_FALSE(stream.is_node());
}

TEST_CASE("the ready line of another version is refused") {
    NodeStream stream;
    stream.push("scoop-node-ready 2\n");
    const auto message = stream.next();
    REQUIRE_FALSE(message);
    CHECK(message.error().reason.find("another version") != std::string::npos);
}

TEST_CASE("a host that prints without end is given up") {
    for (const std::string& part : {std::string(1000, 'x'), std::string(999, 'x') + "\n"}) {
        NodeStream stream;
        std::size_t pushed = 0;
        while (stream.next() && pushed <= 2 * NodeStream::noise_size_max) {
            stream.push(part);
            pushed += part.size();
        }
        CHECK(pushed <= NodeStream::noise_size_max + part.size());
    }
}

TEST_CASE("what is no frame is refused") {
    NodeStream stream;
    stream.push(ready_line + "this is not a frame");
    CHECK_FALSE(stream.next());
}
