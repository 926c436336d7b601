#include "base/write_queue.hpp"

#include <unistd.h>

#include <cerrno>
#include <utility>

namespace scoop::base {

void WriteQueue::push(std::string bytes) {
    if (bytes.empty()) return;
    size_ += bytes.size();
    pieces_.push_back(std::move(bytes));
}

void WriteQueue::push_first(std::string bytes) {
    if (bytes.empty()) return;
    size_ += bytes.size();
    pieces_.insert(pieces_.begin() + (front_written_ > 0 ? 1 : 0), std::move(bytes));
}

Result<std::size_t> WriteQueue::write_to(int fd) {
    std::size_t total = 0;
    while (!pieces_.empty()) {
        const std::string& front = pieces_.front();
        const auto written = ::write(fd, front.data() + front_written_, front.size() - front_written_);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
        if (written < 0) return system_failure("write");
        total += static_cast<std::size_t>(written);
        size_ -= static_cast<std::size_t>(written);
        front_written_ += static_cast<std::size_t>(written);
        if (front_written_ == front.size()) {
            pieces_.pop_front();
            front_written_ = 0;
        }
    }
    return total;
}

void WriteQueue::clear() {
    pieces_.clear();
    front_written_ = 0;
    size_ = 0;
}

}  // namespace scoop::base
