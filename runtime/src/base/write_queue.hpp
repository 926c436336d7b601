// WriteQueue: bytes on their way into a descriptor that must never block us. Its users bound what they push. One
// thread.
#pragma once

#include <deque>
#include <string>

#include "base/failure.hpp"

namespace scoop::base {

class WriteQueue {
public:
    void push(std::string bytes);
    /// Ahead of everything of which nothing has been written yet. What was pushed as one piece stays in one piece.
    void push_first(std::string bytes);

    /// Writes until the descriptor would block or nothing is left; returns the number of bytes written.
    [[nodiscard]] Result<std::size_t> write_to(int fd);
    void clear();

    [[nodiscard]] bool empty() const { return pieces_.empty(); }
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    std::deque<std::string> pieces_;
    std::size_t front_written_ = 0;
    std::size_t size_ = 0;  ///< bytes not written yet
};

}  // namespace scoop::base
