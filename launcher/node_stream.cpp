#include "launcher/node_stream.hpp"

#include <utility>

#include "base/program_info.hpp"
#include "launcher/stage_script.hpp"
#include "launcher/start_command.hpp"

namespace scoop::launcher {

namespace {

// The ready line without what changes between versions.
constexpr std::string_view ready_word = control::ready_line.substr(0, control::ready_line.find(' ') + 1);

}  // namespace

void NodeStream::push(std::string_view bytes) {
    if (is_node_)
        frames_.push(bytes);
    else
        unread_ += bytes;
}

base::Result<std::optional<control::Message>> NodeStream::next() {
    if (!is_node_)
        if (auto done = read_lines(); !done) return tl::unexpected(std::move(done.error()));
    if (!is_node_) return std::nullopt;
    return frames_.next();
}

base::Result<void> NodeStream::read_lines() {
    for (;;) {
        const std::size_t line_end = unread_.find('\n');
        if (line_end == std::string::npos) break;
        const std::string line = unread_.substr(0, line_end + 1);
        unread_.erase(0, line_end + 1);
        if (line == control::ready_line) {
            is_node_ = true;
            frames_.push(unread_);
            unread_.clear();
            return {};
        }
        if (line.starts_with(ready_word))
            return base::failure(
                "start the node",
                "the program was linked with another version of scoop than " + std::string(base::library_version),
                "build the program and scoop-run from the same version of scoop");
        if (line == std::string(setup_marker) + "\n") {
            is_setup_done_ = true;
            continue;
        }
        if (has_shell_ && line.starts_with(stage_word)) {
            stage_lines_.push_back(line.substr(stage_word.size(), line.size() - stage_word.size() - 1));
            continue;
        }
        // A login shell may have left its last line unfinished in front of it.
        if (const std::size_t marker = line.find(shell_marker); marker != std::string::npos && !has_shell_) {
            has_shell_ = true;
            noise_ += line.substr(0, marker);
        } else {
            noise_ += line;
        }
    }
    if (noise_.size() + unread_.size() > noise_size_max)
        return base::failure("start the node", "the host prints without end, and no node of scoop is heard",
                             "see what the files print that the login shell reads at the start");
    return {};
}

}  // namespace scoop::launcher
