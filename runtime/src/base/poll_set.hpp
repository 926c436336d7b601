// PollSet: the descriptors one turn of a loop waits for, each with what to do when it is ready. One thread.
//
// A loop fills it anew for every turn, so nothing has to be taken back when a descriptor is closed. A handler may close
// descriptors of handlers that are still to come in this turn: those look at their own state first.
#pragma once

#include <poll.h>

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "base/clock.hpp"

namespace scoop::base {

class PollSet {
public:
    using Handler = std::function<void()>;

    /// Ready means `events` (POLLIN, POLLOUT), or an error or the other side's end, which a read or write then shows.
    void watch(int fd, short events, Handler handler);

    /// Waits until something is ready or `timeout` is over, and calls the handlers.
    void wait(Duration timeout);
    /// For who waits in another way: what to wait for, and, once `revents` are set, the handlers of what is ready.
    [[nodiscard]] std::span<const pollfd> descriptors() const { return descriptors_; }
    void set_ready(std::size_t k, short events) { descriptors_[k].revents = events; }
    void call_handlers();
    void clear();

private:
    std::vector<pollfd> descriptors_;
    std::vector<Handler> handlers_;
};

}  // namespace scoop::base
