#include "base/line_merger.hpp"

#include <limits.h>

#include <algorithm>
#include <utility>

namespace scoop::base {

std::size_t piece_size(std::string_view bytes) {
    if (bytes.size() <= PIPE_BUF) return bytes.size();
    const std::size_t line_end = bytes.substr(0, PIPE_BUF).rfind('\n');
    return line_end == std::string_view::npos ? PIPE_BUF : line_end + 1;
}

namespace {

bool may_be_prompt(const Source& source) { return source.rank == 0; }

}  // namespace

std::optional<Text> LineMerger::push(const Source& source, std::string_view bytes, TimePoint now) {
    if (bytes.empty()) return std::nullopt;
    auto& [held, since] = unfinished_[source];
    const std::size_t line_end = bytes.rfind('\n');
    std::size_t ready = line_end == std::string_view::npos ? 0 : line_end + 1;
    const std::size_t unfinished_size = ready == 0 ? held.size() + bytes.size() : bytes.size() - ready;
    if (unfinished_size > line_size_max) ready = bytes.size();
    since = now;
    if (ready == 0) {
        held += bytes;
        return std::nullopt;
    }
    std::string text = std::exchange(held, std::string(bytes.substr(ready)));
    text += bytes.substr(0, ready);
    if (held.empty()) unfinished_.erase(source);
    active_[source.stream] = now;
    return Text{source, std::move(text)};
}

std::optional<Text> LineMerger::finish(const Source& source) {
    auto node = unfinished_.extract(source);
    if (node.empty()) return std::nullopt;
    return Text{source, std::move(node.mapped().bytes)};
}

void LineMerger::on_backlog(std::uint8_t stream, TimePoint now) {
    for (auto& [source, line] : unfinished_)
        if (source.stream == stream) line.since = now;
}

std::vector<Text> LineMerger::take_silent(TimePoint now) {
    std::vector<Text> texts;
    std::erase_if(unfinished_, [&](auto& entry) {
        if (!may_be_prompt(entry.first) || now < due(entry.first, entry.second)) return false;
        texts.push_back({entry.first, std::move(entry.second.bytes)});
        return true;
    });
    return texts;
}

std::vector<Text> LineMerger::take_all() {
    std::vector<Text> texts;
    for (auto& [source, line] : std::exchange(unfinished_, {})) texts.push_back({source, std::move(line.bytes)});
    return texts;
}

std::optional<TimePoint> LineMerger::next_deadline() const {
    std::optional<TimePoint> earliest;
    for (const auto& [source, line] : unfinished_)
        if (may_be_prompt(source)) earliest = std::min(earliest.value_or(TimePoint::max()), due(source, line));
    return earliest;
}

TimePoint LineMerger::due(const Source& source, const Unfinished& line) const {
    const auto active = active_.find(source.stream);
    const auto others_silent = active == active_.end() ? TimePoint::min() : active->second + silence_max;
    return std::max(line.since + silence_max, std::min(line.since + silence_max_among_others, others_silent));
}

}  // namespace scoop::base
