#include "node/input_pipe.hpp"

#include <utility>

#include "protocol/control.hpp"

namespace scoop::node {

base::Result<void> InputPipe::push(std::string bytes) {
    if (!pipe_) return {};
    if (bytes.empty()) {
        has_ended_ = true;
        if (queue_.empty()) close();
        return {};
    }
    if (queue_.size() + bytes.size() > control::stream_credit_first)
        return base::failure("read the input of the root", "more came than was allowed");
    queue_.push(std::move(bytes));
    return {};
}

std::uint32_t InputPipe::write() {
    if (!pipe_) return 0;
    const auto written = queue_.write_to(pipe_.get());
    if (!written || (has_ended_ && queue_.empty())) close();
    return written ? static_cast<std::uint32_t>(*written) : 0;
}

void InputPipe::close() {
    pipe_.reset();
    queue_.clear();
}

}  // namespace scoop::node
