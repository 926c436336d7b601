// NodeStream: what comes from a host, from the chatter of its login shell to the frames of its node. Pure; one thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/failure.hpp"
#include "protocol/control.hpp"

namespace scoop::launcher {

class NodeStream {
public:
    /// More noise than this before the ready line is no login shell's greeting.
    static constexpr std::size_t noise_size_max = 64 * 1024;

    void push(std::string_view bytes);
    /// The next message of the node; nothing if more bytes are needed; a Failure if this is not a node of ours.
    [[nodiscard]] base::Result<std::optional<control::Message>> next();

    /// The ready line has come.
    [[nodiscard]] bool is_node() const { return is_node_; }
    /// The line of the shell has come.
    [[nodiscard]] bool has_shell() const { return has_shell_; }
    /// The line that follows the user's set-up has come.
    [[nodiscard]] bool is_setup_done() const { return is_setup_done_; }
    /// The new lines of the script that receives files (launcher/stage_script), without its word.
    [[nodiscard]] std::vector<std::string> take_stage_lines() { return std::exchange(stage_lines_, {}); }
    /// What came before the ready line, without our own lines.
    [[nodiscard]] const std::string& noise() const { return noise_; }

private:
    /// Takes whole lines out of unread_ until one is the ready line.
    [[nodiscard]] base::Result<void> read_lines();

    std::string unread_;  ///< until the ready line has come
    std::string noise_;
    std::vector<std::string> stage_lines_;
    bool has_shell_ = false;
    bool is_setup_done_ = false;
    bool is_node_ = false;
    control::FrameReader frames_;
};

}  // namespace scoop::launcher
