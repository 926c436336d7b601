#include "launcher/job_words.hpp"

#include <chrono>
#include <cstddef>

namespace scoop::launcher {

std::string seconds_text(base::Duration duration) {
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
    std::string text = std::to_string(milliseconds / 1000);
    if (milliseconds % 1000 != 0) text += "." + std::to_string(1000 + milliseconds % 1000).substr(1);
    return text + " s";
}

std::string ranks_text(const std::vector<base::Rank>& ranks) {
    std::string text = ranks.size() == 1 ? "rank " : "ranks ";
    for (std::size_t first = 0; first < ranks.size();) {
        std::size_t last = first;
        while (last + 1 < ranks.size() && ranks[last + 1] == ranks[last] + 1) ++last;
        if (first > 0) text += ',';
        text += std::to_string(ranks[first]);
        if (last > first) text += '-' + std::to_string(ranks[last]);
        first = last + 1;
    }
    return text;
}

}  // namespace scoop::launcher
