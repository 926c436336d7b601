#include "launcher/output.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace scoop::launcher {

namespace {

// The rank of what no worker wrote: nobody waits for credit for it.
constexpr base::Rank no_rank = std::numeric_limits<base::Rank>::max();

std::string with_name(const std::string& name, std::string_view lines) {
    std::string result;
    while (!lines.empty()) {
        const std::size_t end = std::min(lines.find('\n'), lines.size() - 1) + 1;
        result += name + ": " + std::string(lines.substr(0, end));
        lines.remove_prefix(end);
    }
    if (result.back() != '\n') result += '\n';
    return result;
}

}  // namespace

void Output::push(const base::Source& source, std::string_view bytes, base::TimePoint now) {
    if (auto text = merger_.push(source, bytes, now)) write(std::move(*text));
}

void Output::finish(const base::Source& source) {
    if (auto text = merger_.finish(source)) write(std::move(*text));
}

void Output::push_errors(base::HostIndex host, const std::string& name, std::string_view bytes, base::TimePoint now) {
    names_.try_emplace(host, name);
    push({host, no_rank, 2}, bytes, now);
}

void Output::say(std::string lines) { stderr_.write({{0, no_rank, 2}, std::move(lines)}); }

void Output::on_time(base::TimePoint now) {
    progress_.clear();
    for (auto& text : merger_.take_silent(now)) write(std::move(text));
}

std::map<base::Source, std::uint32_t> Output::take_written() {
    auto written = stdout_.take_written();
    written.merge(stderr_.take_written());
    std::erase_if(written, [](const auto& entry) { return entry.first.rank == no_rank; });
    return written;
}

int Output::error() const {
    const int error = stdout_.error();
    return error != 0 ? error : stderr_.error();
}

void Output::flush() {
    for (auto& text : merger_.take_all()) write(std::move(text));
}

void Output::write(base::Text text) {
    if (text.source.rank == no_rank) text.bytes = with_name(names_.at(text.source.host), text.bytes);
    (text.source.stream == 1 ? stdout_ : stderr_).write(std::move(text));
}

}  // namespace scoop::launcher
