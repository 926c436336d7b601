#include "scoop/log.hpp"

#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <string>

#include "scoop/topology.hpp"

namespace scoop {

namespace {

constexpr std::array<std::string_view, 4> level_names{"debug", "info", "warning", "error"};

std::string time_text() {
    const auto now = std::chrono::system_clock::now();
    const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
    const auto milliseconds =
        std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
    std::tm local{};
    ::localtime_r(&seconds, &local);
    char day[32];
    char text[48];
    std::strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &local);
    std::snprintf(text, sizeof text, "%s.%03d", day, static_cast<int>(milliseconds));
    return text;
}

}  // namespace

void log(Level level, std::string_view text) {
    const std::string head = time_text() + ' ' + std::string(level_names[static_cast<std::size_t>(level)]) + ' ' +
                             host() + " rank " + std::to_string(rank()) + ": ";
    std::string lines;
    for (;;) {
        const auto end = text.find('\n');
        lines.append(head).append(text.substr(0, end)).push_back('\n');
        if (end == std::string_view::npos || end + 1 == text.size()) break;
        text.remove_prefix(end + 1);
    }
    // One write: lines of several threads and processes do not mix.
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, lines.data(), lines.size());
}

}  // namespace scoop
