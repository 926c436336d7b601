#include "base/poll_set.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace scoop::base {

void PollSet::watch(int fd, short events, Handler handler) {
    descriptors_.push_back({fd, events, 0});
    handlers_.push_back(std::move(handler));
}

void PollSet::wait(Duration timeout) {
    // Rounded up: a loop that wakes just before its deadline would spin until it is reached.
    const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(timeout).count();
    const auto bounded = std::clamp<decltype(milliseconds)>(milliseconds, 0, std::numeric_limits<int>::max());
    const int ready = ::poll(descriptors_.data(), descriptors_.size(), static_cast<int>(bounded));
    if (ready > 0) call_handlers();
}

void PollSet::call_handlers() {
    for (std::size_t k = 0; k < descriptors_.size(); ++k)
        if (descriptors_[k].revents != 0) handlers_[k]();
}

void PollSet::clear() {
    descriptors_.clear();
    handlers_.clear();
}

}  // namespace scoop::base
