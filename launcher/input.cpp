#include "launcher/input.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace scoop::launcher {

namespace {

constexpr std::size_t read_size_max = 16 * 1024;

}  // namespace

bool Input::wants_read() const {
    if (!is_open_ || credit_ == 0) return false;
    return ::isatty(STDIN_FILENO) == 0 || ::tcgetpgrp(STDIN_FILENO) == ::getpgrp();
}

std::optional<std::string> Input::read() {
    std::string bytes(std::min<std::uint64_t>(read_size_max, credit_), '\0');
    const auto count = ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
    bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    credit_ -= bytes.size();
    if (bytes.empty()) is_open_ = false;
    return bytes;
}

}  // namespace scoop::launcher
