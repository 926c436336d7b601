#include "launcher/ssh_pump.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

namespace scoop::launcher {

namespace {

constexpr std::size_t chunk_size_max = 32 * 1024;

}  // namespace

void SshPump::run() {
    while (!is_over()) {
        bool has_moved = carry_up();
        has_moved = carry_errors() || has_moved;
        has_moved = carry_down() || has_moved;
        pollfd stop{fds_.stop, POLLIN, 0};
        if (::poll(&stop, 1, 0) > 0) return;
        if (!is_output_open_ && !is_errors_open_) connection_.take_packets();
        if (!has_moved && !is_over()) wait();
    }
}

bool SshPump::is_over() const {
    return connection_.is_closed() && !is_output_open_ && !is_errors_open_ &&
           (from_host_.empty() || !is_local_end_open_);
}

// From the host to the job loop.
bool SshPump::carry_up() {
    bool has_moved = false;
    if (from_host_.empty() && is_output_open_) {
        is_output_open_ = connection_.read(SshConnection::Stream::output, from_host_);
        has_moved = !from_host_.empty() || !is_output_open_;
    }
    if (!is_local_end_open_) from_host_.clear();
    if (from_host_.empty()) {
        // The command can end its output long before the channel closes: something it left behind may hold it open.
        if (!is_output_open_) ::shutdown(fds_.channel, SHUT_WR);
        return has_moved;
    }
    const auto count = ::send(fds_.channel, from_host_.data(), from_host_.size(), MSG_NOSIGNAL);
    if (count > 0) from_host_.erase(0, static_cast<std::size_t>(count));
    if (count < 0 && errno != EAGAIN && errno != EINTR) is_local_end_open_ = false;
    return has_moved || count > 0;
}

bool SshPump::carry_errors() {
    if (!is_errors_open_) return false;
    is_errors_open_ = connection_.read(SshConnection::Stream::errors, scratch_);
    if (scratch_.empty()) return !is_errors_open_;
    [[maybe_unused]] const auto written = ::send(fds_.errors, scratch_.data(), scratch_.size(), MSG_NOSIGNAL);
    return true;
}

// From the job loop to the host.
bool SshPump::carry_down() {
    bool has_moved = false;
    if (to_host_.empty() && is_local_end_open_) {
        to_host_.resize(chunk_size_max);
        const auto count = ::recv(fds_.channel, to_host_.data(), to_host_.size(), 0);
        to_host_.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
        if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) is_local_end_open_ = false;
        has_moved = count >= 0;
    }
    if (connection_.is_closed()) {
        to_host_.clear();
        return has_moved;
    }
    if (!to_host_.empty()) {
        const auto count = connection_.write(to_host_);
        to_host_.erase(0, count.value_or(to_host_.size()));
        return has_moved || count != std::size_t{0};
    }
    if (!is_local_end_open_ && !is_end_of_input_sent_) {
        connection_.send_end_of_input();
        is_end_of_input_sent_ = true;
        has_moved = true;
    }
    return has_moved;
}

void SshPump::wait() {
    const short host_events = connection_.wants_write() ? POLLIN | POLLOUT : POLLIN;
    short channel_events = 0;
    if (to_host_.empty() && is_local_end_open_) channel_events |= POLLIN;
    if (!from_host_.empty() && is_local_end_open_) channel_events |= POLLOUT;
    // Without events poll would still report the hang-up of the channel, again and again.
    pollfd fds[] = {{fds_.stop, POLLIN, 0},
                    {connection_.fd(), host_events, 0},
                    {channel_events != 0 ? fds_.channel : -1, channel_events, 0}};
    ::poll(fds, 3, -1);
}

}  // namespace scoop::launcher
