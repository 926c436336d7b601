#include "launcher/login_window.hpp"

#include <poll.h>

#include <algorithm>
#include <utility>

namespace scoop::launcher {

LoginWindow::Place::Place(Place&& other) noexcept
    : window_(std::exchange(other.window_, nullptr)), server_(std::move(other.server_)), era_(other.era_) {}

LoginWindow::Place::~Place() {
    if (window_ != nullptr) window_->leave(server_);
}

void LoginWindow::Place::tell_refused() { window_->narrow(server_, era_); }

std::optional<LoginWindow::Place> LoginWindow::enter(const std::string& server, int stop_fd) {
    base::Wakeup turn;
    std::unique_lock lock(mutex_);
    Server& one = servers_[server];  // a map's elements stay where they are
    one.waiting.push_back(&turn);
    const auto is_our_turn = [&] { return one.active < one.width && one.waiting.front() == &turn; };
    while (!is_our_turn()) {
        lock.unlock();
        pollfd fds[] = {{stop_fd, POLLIN, 0}, {turn.fd(), POLLIN, 0}};
        ::poll(fds, 2, -1);
        lock.lock();
        turn.clear();
        if (fds[0].revents == 0) continue;
        std::erase(one.waiting, &turn);
        wake_next(one);
        return std::nullopt;
    }
    one.waiting.pop_front();
    ++one.active;
    wake_next(one);
    return Place(*this, server, one.era);
}

std::size_t LoginWindow::width_of(const std::string& server) {
    const std::lock_guard lock(mutex_);
    return servers_[server].width;
}

void LoginWindow::leave(const std::string& server) {
    const std::lock_guard lock(mutex_);
    Server& one = servers_[server];
    --one.active;
    wake_next(one);
}

// Of those that began under the same width many may be closed, which says no more than one does.
void LoginWindow::narrow(const std::string& server, std::uint64_t era) {
    const std::lock_guard lock(mutex_);
    Server& one = servers_[server];
    if (era != one.era) return;
    ++one.era;
    one.width = std::max<std::size_t>(1, std::min(one.width, one.active) / 2);
}

void LoginWindow::wake_next(Server& server) {
    if (server.active < server.width && !server.waiting.empty()) server.waiting.front()->signal();
}

}  // namespace scoop::launcher
