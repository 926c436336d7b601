#include "protocol/tags.hpp"

#include <algorithm>
#include <set>

namespace scoop::protocol {

TagTable::TagTable(const std::vector<std::vector<std::string>>& tags_of_hosts) {
    std::set<std::string> all;
    for (const auto& tags : tags_of_hosts) all.insert(tags.begin(), tags.end());
    names_.assign(all.begin(), all.end());
    if (names_.size() > tags_max) names_.resize(tags_max);
    for (const auto& tags : tags_of_hosts) {
        TagMask mask = 0;
        for (const auto& tag : tags) mask |= find(tag).value_or(0);
        hosts_.push_back(mask);
    }
}

std::optional<TagMask> TagTable::find(std::string_view tag) const {
    const auto found = std::lower_bound(names_.begin(), names_.end(), tag);
    if (found == names_.end() || *found != tag) return std::nullopt;
    return TagMask{1} << (found - names_.begin());
}

bool TagTable::has_host_with(TagMask needed) const {
    return std::any_of(hosts_.begin(), hosts_.end(), [&](TagMask tags) { return (tags & needed) == needed; });
}

}  // namespace scoop::protocol
