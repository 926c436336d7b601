#include "node/control_channel.hpp"

#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

namespace scoop::node {

ControlChannel::ControlChannel(base::UniqueFd read_fd, base::UniqueFd write_fd)
    : read_fd_(std::move(read_fd)), write_fd_(std::move(write_fd)) {}

void ControlChannel::send_greeting(const control::NodeHello& hello) {
    queue_.push(std::string(control::ready_line) +
                control::encode(control::FrameType::hello, control::to_payload(hello)));
}

void ControlChannel::send(control::FrameType type, std::string_view payload) {
    if (is_open()) queue_.push(control::encode(type, payload));
}

void ControlChannel::send_heartbeat() {
    if (is_open()) queue_.push_first(control::encode(control::FrameType::heartbeat));
}

bool ControlChannel::receive() {
    char bytes[2 * control::frame_size_max];
    const auto size = ::read(read_fd_.get(), bytes, sizeof bytes);
    if (size < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    reader_.push({bytes, static_cast<std::size_t>(size)});
    return size > 0;
}

bool ControlChannel::flush() { return !is_open() || queue_.write_to(write_fd_.get()).has_value(); }

void ControlChannel::close() {
    read_fd_.reset();
    write_fd_.reset();
    queue_.clear();
}

}  // namespace scoop::node
