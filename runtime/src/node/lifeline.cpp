#include "node/lifeline.hpp"

#include <sys/socket.h>

#include <climits>
#include <utility>

namespace scoop::node {

GuardianLifeline::GuardianLifeline(base::UniqueFd fd) : fd_(std::move(fd)) {}

void GuardianLifeline::read() {
    while (fd_) {
        char bytes[PATH_MAX];
        const auto size = ::recv(fd_.get(), bytes, sizeof bytes, MSG_DONTWAIT);
        if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (size <= 0 || buffer_.size() > PATH_MAX) return fd_.reset();
        buffer_.append(bytes, static_cast<std::size_t>(size));
        // The path ends with a zero byte: half a path must never be taken for one that is to be removed.
        if (const auto end = buffer_.find('\0'); end != std::string::npos) {
            directory_ = buffer_.substr(0, end);
            buffer_.erase(0, end + 1);
        }
    }
}

base::Result<NodeLifeline> NodeLifeline::take() {
    if (auto done = base::set_close_on_exec(lifeline_fd_in_node); !done)
        return base::failure("use descriptor 5 as the lifeline", "it is not open",
                             "SCOOP_ROLE is for scoop-run to set; unset it to run the program by hand");
    return NodeLifeline(base::UniqueFd(lifeline_fd_in_node));
}

void NodeLifeline::tell_directory(const std::string& path) {
    // A path fits into the empty socket. If the guardian is gone, the end of the stream says so.
    [[maybe_unused]] const auto sent = ::send(fd_.get(), path.c_str(), path.size() + 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace scoop::node
