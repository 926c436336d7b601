#include "launcher/stream_writer.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace scoop::launcher {

StreamWriter::StreamWriter(int fd, base::Wakeup& progress) : fd_(fd), progress_(progress), thread_([this] { run(); }) {}

StreamWriter::~StreamWriter() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    stop_.signal();
    changed_.notify_one();
    thread_.join();
}

void StreamWriter::write(base::Text text) {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(text));
    changed_.notify_one();
}

std::map<base::Source, std::uint32_t> StreamWriter::take_written() {
    const std::lock_guard lock(mutex_);
    return std::exchange(written_, {});
}

int StreamWriter::error() const {
    const std::lock_guard lock(mutex_);
    return error_;
}

bool StreamWriter::is_idle() const {
    const std::lock_guard lock(mutex_);
    return queue_.empty();
}

void StreamWriter::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return is_stopping_ || !queue_.empty(); });
        if (is_stopping_) return;
        // References into a deque survive push_back, so the front is written in place and without the lock.
        const base::Text& front = queue_.front();
        int error = error_;
        if (error == 0) {
            lock.unlock();
            error = write_all(front.bytes);
            lock.lock();
        }
        error_ = error;
        written_[front.source] += static_cast<std::uint32_t>(front.bytes.size());
        queue_.pop_front();
        progress_.signal();
    }
}

int StreamWriter::write_all(std::string_view bytes) {
    while (!bytes.empty()) {
        pollfd fds[] = {{stop_.fd(), POLLIN, 0}, {fd_, POLLOUT, 0}};
        if (::poll(fds, 2, -1) < 0 && errno != EINTR) return errno;
        if (fds[0].revents != 0) return ECANCELED;
        if (fds[1].revents == 0) continue;
        const auto count = ::write(fd_, bytes.data(), base::piece_size(bytes));
        if (count < 0 && errno != EINTR && errno != EAGAIN) return errno;
        if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return 0;
}

}  // namespace scoop::launcher
