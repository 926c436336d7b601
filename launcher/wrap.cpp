#include "launcher/wrap.hpp"

#include <limits>
#include <optional>
#include <utility>

#include "hostfile/placement.hpp"
#include "hostfile/text.hpp"
#include "launcher/command_words.hpp"

namespace scoop::launcher {

namespace {

constexpr base::Rank rank_max = hostfile::workers_max - 1;
// "all" reaches as far as the job does.
constexpr base::Rank rank_last = std::numeric_limits<base::Rank>::max();

std::optional<base::Rank> parse_rank(std::string_view text) {
    const auto number = hostfile::parse_number(text);
    if (!number || *number > rank_max) return std::nullopt;
    return static_cast<base::Rank>(*number);
}

tl::expected<std::vector<std::pair<base::Rank, base::Rank>>, std::string> parse_ranges(std::string_view ranks) {
    std::vector<std::pair<base::Rank, base::Rank>> ranges;
    for (std::string_view rest = ranks;;) {
        const std::string_view part = rest.substr(0, rest.find(','));
        const std::size_t dash = part.find('-');
        const auto first = parse_rank(part.substr(0, dash));
        const auto last = dash == std::string_view::npos ? first : parse_rank(part.substr(dash + 1));
        if (!first || !last || *last < *first)
            return tl::unexpected("expected ranks, as in 0,2-3 or all, not " + hostfile::quoted(ranks));
        ranges.emplace_back(*first, *last);
        if (part.size() == rest.size()) return ranges;
        rest.remove_prefix(part.size() + 1);
    }
}

}  // namespace

tl::expected<Wrap, std::string> parse_wrap(std::string_view ranks, std::string_view command) {
    Wrap wrap;
    wrap.ranks_text = ranks;
    if (ranks == "all") {
        wrap.ranges.emplace_back(0, rank_last);
    } else {
        auto ranges = parse_ranges(ranks);
        if (!ranges) return tl::unexpected(std::move(ranges.error()));
        wrap.ranges = std::move(*ranges);
    }
    auto words = split_words(command);
    if (!words) return tl::unexpected(std::move(words.error()));
    if (words->empty() || words->front().empty())
        return tl::unexpected<std::string>("expected a command behind the ranks, as in 'valgrind -q'");
    wrap.command = std::move(*words);
    return wrap;
}

std::vector<std::string> wrapper_of(const std::vector<Wrap>& wraps, base::Rank rank) {
    std::vector<std::string> command;
    for (const Wrap& wrap : wraps)
        for (const auto& [first, last] : wrap.ranges)
            if (first <= rank && rank <= last) command = wrap.command;
    return command;
}

base::Result<void> check_wraps(const std::vector<Wrap>& wraps, std::size_t workers) {
    for (const Wrap& wrap : wraps)
        for (const auto& range : wrap.ranges)
            if (range.second != rank_last && range.second >= workers)
                return base::failure("--wrap " + wrap.ranks_text,
                                     workers == 1 ? "the job has only the rank 0"
                                                  : "the job has only the ranks 0 to " + std::to_string(workers - 1));
    return {};
}

}  // namespace scoop::launcher
