// Input: our stdin on its way to the root, no further than its byte credit goes. One thread.
//
// It is not read before the program begins, nor while we are in the background of a terminal: a process that reads
// there is stopped (SIGTTIN), and the bytes are somebody else's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "protocol/control.hpp"

namespace scoop::launcher {

class Input {
public:
    /// The root may read from now on.
    void open() { is_open_ = true; }
    void close() { is_open_ = false; }

    /// Worth watching in this turn.
    [[nodiscard]] bool wants_read() const;
    /// What is there, at most one frame of it; empty at the end, after which there is no more; nothing if there is
    /// nothing.
    [[nodiscard]] std::optional<std::string> read();
    void add_credit(std::uint32_t bytes) { credit_ += bytes; }

private:
    bool is_open_ = false;
    std::uint64_t credit_ = control::stream_credit_first;
};

}  // namespace scoop::launcher
