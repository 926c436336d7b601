#include "launcher/output_style.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <utility>

#include "hostfile/text.hpp"

namespace scoop::launcher {

tl::expected<OutputStyle, std::string> parse_output_style(std::string_view text) {
    constexpr std::array<std::string_view, 4> words{"label", "timestamp", "dir=DIR", "raw"};
    constexpr std::string_view directory_key = "dir=";
    OutputStyle style;
    for (std::string_view rest = text;;) {
        const std::string_view word = rest.substr(0, rest.find(','));
        if (word == "label") {
            style.label = true;
        } else if (word == "timestamp") {
            style.timestamp = true;
        } else if (word == "raw") {
            style.raw = true;
        } else if (word.starts_with(directory_key) && word.size() > directory_key.size()) {
            style.directory = word.substr(directory_key.size());
        } else {
            return tl::unexpected("expected label, timestamp, dir=DIR and raw, separated by commas, not " +
                                  hostfile::quoted(word) + hostfile::did_you_mean(word, words));
        }
        if (word.size() == rest.size()) break;
        rest.remove_prefix(word.size() + 1);
    }
    if (style.raw && (style.label || style.timestamp))
        return tl::unexpected<std::string>("raw leaves the bytes as they are, which label and timestamp do not");
    return style;
}

std::string time_text(WallTime time) {
    const auto since_epoch = std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch());
    const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
    const std::time_t calendar = seconds.count();
    std::tm local{};
    ::localtime_r(&calendar, &local);
    char day[32];
    char text[48];
    std::strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &local);
    std::snprintf(text, sizeof text, "%s.%03d", day, static_cast<int>((since_epoch - seconds).count()));
    return text;
}

std::string LinePrefixes::apply(base::Text text, WallTime time) {
    const std::string prefix = prefix_of(text.source, time);
    const bool changes_lines = style_.label || style_.timestamp;
    if (prefix.empty() && !changes_lines) return std::move(text.bytes);
    std::string lines;
    bool is_at_begin = unfinished_ != text.source;
    if (unfinished_ && is_at_begin) lines += '\n';
    for (std::string_view rest = text.bytes; !rest.empty();) {
        const std::string_view line = rest.substr(0, std::min(rest.find('\n'), rest.size() - 1) + 1);
        if (is_at_begin) lines += prefix;
        lines += line;
        is_at_begin = line.ends_with('\n');
        rest.remove_prefix(line.size());
    }
    unfinished_.reset();
    if (is_at_begin) return lines;
    if (is_worker(text.source))
        unfinished_ = text.source;
    else
        lines += '\n';
    return lines;
}

std::string LinePrefixes::prefix_of(const base::Source& source, WallTime time) const {
    if (source.rank == rank_of_launcher) return {};
    std::string prefix = style_.timestamp ? time_text(time) + " " : "";
    if (!is_worker(source)) return prefix + hosts_.of(source.host) + ": ";
    if (style_.label) prefix += "[" + std::to_string(source.rank) + " " + hosts_.of(source.host) + "] ";
    return prefix;
}

}  // namespace scoop::launcher
