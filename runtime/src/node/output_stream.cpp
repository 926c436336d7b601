#include "node/output_stream.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

namespace scoop::node {

namespace {

// With the head of a frame and the rank and number before the bytes, a chunk still is one frame.
constexpr std::size_t chunk_size_max = control::frame_size_max - 16;
constexpr std::size_t tail_size_max = 1000;
constexpr std::uint64_t credit_unlimited = std::numeric_limits<std::uint64_t>::max() / 2;
constexpr std::chrono::milliseconds children_quiet_time{200};
constexpr std::chrono::seconds children_time_max{2};

}  // namespace

std::optional<std::string> OutputStream::read(base::TimePoint now) {
    const std::size_t room = room_in_chunk();
    std::string bytes = std::exchange(kept_, {});
    const std::size_t kept = bytes.size();
    bytes.resize(room);
    const auto size = ::read(pipe_.get(), bytes.data() + kept, room - kept);
    bytes.resize(kept + static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
        kept_ = std::move(bytes);
        return std::nullopt;
    }
    if (size <= 0) {
        pipe_.reset();  // nothing was kept: that is only done while there is more in the pipe
        return std::string();
    }
    if (bytes.size() == room && size_in_pipe() > 0) keep_unfinished_line(bytes);
    if (bytes.empty()) return std::nullopt;

    credit_ -= bytes.size();
    left_by_writer_ -= std::min(left_by_writer_, bytes.size());
    quiet_since_ = now;
    tail_ += bytes;
    if (tail_.size() > tail_size_max) tail_.erase(0, tail_.size() - tail_size_max);
    return bytes;
}

std::size_t OutputStream::room_in_chunk() const {
    return static_cast<std::size_t>(std::min<std::uint64_t>(credit_, chunk_size_max));
}

std::size_t OutputStream::size_in_pipe() const {
    int size = 0;
    return is_open() && ::ioctl(pipe_.get(), FIONREAD, &size) == 0 ? static_cast<std::size_t>(size) : 0;
}

// Cut here, a line would wait at the launcher for its end until a paused reader brings new credit, and lines of others
// would come between. There is more in the pipe, so the next read has that end. With most of the credit spent the
// launcher has so much to write that credit must come back. A line that fills a chunk goes out in pieces.
void OutputStream::keep_unfinished_line(std::string& bytes) {
    const std::size_t lines_size = bytes.rfind('\n') + 1;  // 0 without a line end
    if (lines_size == 0 && bytes.size() == chunk_size_max) return;
    kept_ = bytes.substr(lines_size);
    bytes.resize(lines_size);
}

void OutputStream::add_credit(std::uint32_t bytes) { credit_ = std::min(credit_ + bytes, credit_unlimited); }

void OutputStream::discard() { credit_ = credit_unlimited; }

void OutputStream::on_writer_exit(base::TimePoint now) {
    writer_exit_ = quiet_since_ = now;
    left_by_writer_ = kept_.size() + size_in_pipe();
}

std::optional<base::TimePoint> OutputStream::drained_at() const {
    if (!is_open()) return writer_exit_;
    if (left_by_writer_ > 0) return std::nullopt;
    return std::min(quiet_since_ + children_quiet_time, writer_exit_ + children_time_max);
}

}  // namespace scoop::node
