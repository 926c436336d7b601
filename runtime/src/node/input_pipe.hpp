// InputPipe: the root's stdin. Bytes come in frames, wait here while the pipe is full, and their credit goes back once
// they are in the pipe. One thread.
#pragma once

#include <cstdint>
#include <string>

#include "base/failure.hpp"
#include "base/unique_fd.hpp"
#include "base/write_queue.hpp"

namespace scoop::node {

class InputPipe {
public:
    /// Closed: everything that comes is thrown away.
    InputPipe() = default;
    explicit InputPipe(base::UniqueFd pipe) : pipe_(std::move(pipe)) {}

    /// No bytes: the end of the input. A Failure if more came than there was credit for.
    [[nodiscard]] base::Result<void> push(std::string bytes);
    /// Writes what the pipe takes; returns how much, which is the credit to give back. Nothing any more once the root
    /// has closed its stdin: then the launcher had better stop reading its own.
    [[nodiscard]] std::uint32_t write();
    void close();

    [[nodiscard]] bool wants_write() const { return static_cast<bool>(pipe_) && !queue_.empty(); }
    [[nodiscard]] int fd() const { return pipe_.get(); }

private:
    base::UniqueFd pipe_;
    base::WriteQueue queue_;
    bool has_ended_ = false;
};

}  // namespace scoop::node
