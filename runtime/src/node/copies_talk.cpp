#include "node/copies_talk.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <utility>

#include "base/program_info.hpp"

namespace scoop::node {

namespace {

using control::FrameType;

std::string_view take_until(std::string_view& text, char separator) {
    const auto end = std::min(text.find(separator), text.size());
    const auto word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return word;
}

template <class Number>
bool read_number(std::string_view text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

tl::unexpected<base::Failure> unreadable() {
    return base::failure("read what another copy of this program says", "it is none of this version of scoop",
                         "start the same program everywhere");
}

// The payloads of a message that is just these frames.
base::Result<std::pair<std::string, std::string>> two_frames(std::string_view message, FrameType first) {
    auto frames = frames_of(message);
    if (!frames) return tl::unexpected(std::move(frames.error()));
    if (frames->size() != 2 || (*frames)[0].type != first || (*frames)[1].type != FrameType::note) return unreadable();
    return std::pair((*frames)[0].payload, (*frames)[1].payload);
}

}  // namespace

std::string to_message(const CopyHello& hello) {
    return control::encode(FrameType::hello, control::to_payload(hello.node)) +
           control::encode(FrameType::note, std::to_string(hello.rank) + " " + hello.place);
}

base::Result<CopyHello> parse_copy_hello(std::string_view message) {
    const auto frames = two_frames(message, FrameType::hello);
    if (!frames) return tl::unexpected(frames.error());
    auto node = control::parse_node_hello(frames->first);
    if (!node) return tl::unexpected(std::move(node.error()));
    CopyHello hello{0, {}, std::move(*node)};
    std::string_view note = frames->second;
    if (!read_number(take_until(note, ' '), hello.rank)) return unreadable();
    hello.place = note;
    return hello;
}

std::string to_message(const CopyConfig& config) {
    return control::encode(FrameType::worker, control::to_payload(config.worker)) +
           control::encode(FrameType::note, std::to_string(config.lifeline_port) + " " + config.lifeline_token);
}

base::Result<CopyConfig> parse_copy_config(std::string_view message) {
    const auto frames = two_frames(message, FrameType::worker);
    if (!frames) return tl::unexpected(frames.error());
    auto worker = control::parse_worker_config(frames->first);
    if (!worker) return tl::unexpected(std::move(worker.error()));
    CopyConfig config{std::move(*worker), 0, {}};
    std::string_view note = frames->second;
    if (!read_number(take_until(note, ' '), config.lifeline_port)) return unreadable();
    config.lifeline_token = note;
    return config;
}

base::Result<std::vector<control::Message>> frames_of(std::string_view message) {
    control::FrameReader reader;
    reader.push(message);
    std::vector<control::Message> frames;
    for (;;) {
        auto frame = reader.next();
        if (!frame) return tl::unexpected(std::move(frame.error()));
        if (!*frame) break;
        frames.push_back(std::move(**frame));
    }
    if (frames.empty()) return unreadable();
    return frames;
}

std::string this_place() {
    std::string boot;
    std::ifstream("/proc/sys/kernel/random/boot_id") >> boot;
    // The hosts' containers may have /tmp of their own.
    const char* directory = std::getenv("TMPDIR");
    struct stat status {};
    if (directory == nullptr || ::stat(directory, &status) != 0) (void)::stat("/tmp", &status);
    return base::host_name() + " " + boot + " " + std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
}

}  // namespace scoop::node
