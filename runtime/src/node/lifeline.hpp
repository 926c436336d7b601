// The lifeline between guardian and node process: a socket pair on which the end of either is the end of the stream for
// the other. The node also says on it which directory it made, so that the guardian can remove it after a kill -9 of
// the node.
#pragma once

#include <string>

#include "base/unique_fd.hpp"

namespace scoop::node {

/// The node's end, where the guardian puts it.
inline constexpr int lifeline_fd_in_node = 5;

/// The guardian's end. One thread.
class GuardianLifeline {
public:
    explicit GuardianLifeline(base::UniqueFd fd);

    /// Takes what has come; does not block. fd() is -1 after the end of the stream.
    void read();
    [[nodiscard]] int fd() const { return fd_.get(); }
    /// What the node said; empty until then.
    [[nodiscard]] const std::string& directory() const { return directory_; }

private:
    base::UniqueFd fd_;
    std::string buffer_;
    std::string directory_;
};

/// The node's end. One thread.
class NodeLifeline {
public:
    /// Takes lifeline_fd_in_node over. A Failure if it is not open.
    [[nodiscard]] static base::Result<NodeLifeline> take();

    void tell_directory(const std::string& path);
    /// Ready for reading when the guardian is gone: it never says anything.
    [[nodiscard]] int fd() const { return fd_.get(); }

private:
    explicit NodeLifeline(base::UniqueFd fd) : fd_(std::move(fd)) {}
    base::UniqueFd fd_;
};

}  // namespace scoop::node
