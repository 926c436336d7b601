#include "launcher/stream_writer.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace scoop::launcher {

std::optional<WriteError> write_all(int fd, std::string_view bytes, int stop_fd) {
    const auto failed = [](int number) { return WriteError{number == EPIPE, std::strerror(number)}; };
    while (!bytes.empty()) {
        pollfd fds[] = {{stop_fd, POLLIN, 0}, {fd, POLLOUT, 0}};
        if (::poll(fds, 2, -1) < 0 && errno != EINTR) return failed(errno);
        if (fds[0].revents != 0) return failed(ECANCELED);
        if (fds[1].revents == 0) continue;
        const auto count = ::write(fd, bytes.data(), base::piece_size(bytes));
        if (count < 0 && errno != EINTR && errno != EAGAIN) return failed(errno);
        if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return std::nullopt;
}

StreamWriter::StreamWriter(Sink sink, base::Wakeup& progress)
    : sink_(std::move(sink)), progress_(progress), thread_([this] { run(); }) {}

StreamWriter::~StreamWriter() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    stop_.signal();
    changed_.notify_one();
    thread_.join();
}

void StreamWriter::write(StampedText text) {
    const std::lock_guard lock(mutex_);
    StampedText*& last = last_[text.text.source];
    if (last != nullptr && queue_.size() >= single_texts_max) {
        last->text.bytes += text.text.bytes;
        return;
    }
    // References into a deque survive push_back and pop_front.
    last = &queue_.emplace_back(std::move(text));
    changed_.notify_one();
}

std::map<base::Source, std::uint32_t> StreamWriter::take_written() {
    const std::lock_guard lock(mutex_);
    return std::exchange(written_, {});
}

std::optional<WriteError> StreamWriter::error() const {
    const std::lock_guard lock(mutex_);
    return error_;
}

bool StreamWriter::is_idle() const {
    const std::lock_guard lock(mutex_);
    return queue_.empty() && !is_writing_;
}

void StreamWriter::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return is_stopping_ || !queue_.empty(); });
        if (is_stopping_) return;
        StampedText text = take_front();
        const auto source = text.text.source;
        const auto size = static_cast<std::uint32_t>(text.text.bytes.size());
        if (!error_) {
            is_writing_ = true;
            lock.unlock();
            auto error = sink_(std::move(text), stop_.fd());
            lock.lock();
            is_writing_ = false;
            error_ = std::move(error);
        }
        written_[source] += size;
        progress_.signal();
    }
}

StampedText StreamWriter::take_front() {
    StampedText& front = queue_.front();
    if (const auto last = last_.find(front.text.source); last->second == &front) last_.erase(last);
    StampedText taken = std::move(front);
    queue_.pop_front();
    return taken;
}

}  // namespace scoop::launcher
