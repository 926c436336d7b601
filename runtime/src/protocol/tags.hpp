// TagTable: what hosts carry and tasks need (tags: "gpu", "bigmem") as bits, which mean the same in every process of a
// job.
//
// Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scoop::protocol {

using TagMask = std::uint64_t;

/// Different tags in one job.
inline constexpr std::size_t tags_max = 64;

class TagTable {
public:
    TagTable() = default;
    /// The tags of every host of the job, in the order of the hosts. Tags beyond tags_max are left out.
    explicit TagTable(const std::vector<std::vector<std::string>>& tags_of_hosts);

    /// The same of anything that has `tags`.
    template <class Hosts>
    [[nodiscard]] static TagTable of(const Hosts& hosts) {
        std::vector<std::vector<std::string>> tags;
        for (const auto& host : hosts) tags.push_back(host.tags);
        return TagTable(tags);
    }

    /// All tags, sorted; the n-th is bit n.
    [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
    [[nodiscard]] TagMask of_host(std::size_t host) const { return hosts_[host]; }
    /// Nothing if no host carries this tag.
    [[nodiscard]] std::optional<TagMask> find(std::string_view tag) const;
    /// Whether some host carries all of these.
    [[nodiscard]] bool has_host_with(TagMask needed) const;

private:
    std::vector<std::string> names_;
    std::vector<TagMask> hosts_;
};

}  // namespace scoop::protocol
