// Host: one host that the user named, and the rule for one that is named more than once.
//
// Plain values; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace scoop::hostfile {

/// Host names that all lists of a command, or one hostfile, may stand for once their brackets are expanded.
inline constexpr std::size_t mentions_max = 65536;
/// Slots that one mention may give; with `mentions_max` of them a sum still fits 32 bits.
inline constexpr std::uint32_t mention_slots_max = 65535;
/// Different tags in one hostfile.
inline constexpr std::size_t tags_max = 64;

/// Steps from the highest to the lowest priority that need no privilege, see nice(1).
inline constexpr std::uint32_t nice_max = 19;

/// How the workers of a host are run, where that differs from the other hosts.
struct HostSettings {
    std::string program;  ///< as written, "{arch}" included; empty: not given, as for the next ones
    std::string working_directory;
    std::string setup;                     ///< shell text
    std::vector<std::string> environment;  ///< "NAME=value", each name once
    std::optional<std::uint32_t> nice;
    friend bool operator==(const HostSettings&, const HostSettings&) = default;
};

struct Host {
    std::string name;                        ///< as written; an IPv6 address without its brackets
    std::string user;                        ///< empty: not given
    std::optional<std::uint16_t> port;       ///< of its SSH server
    std::optional<std::uint32_t> slots;      ///< workers that fit; none: as many as the host has usable CPUs
    std::optional<std::uint32_t> slots_max;  ///< not to be passed even with --oversubscribe; none: no limit
    std::vector<std::string> tags;           ///< what it has and tasks may need ("gpu"); sorted, each once
    std::string origin;                      ///< where it was named first, for messages: "hosts.txt:3"
    HostSettings settings = {};
    friend bool operator==(const Host&, const Host&) = default;
};

/// Adds a further mention of `host` to it, by the rule of merge_mentions.
void add_mention(Host& host, const Host& mention);

/// Gives `host` what it has not, of slots, limit, user, port, tags and settings, from `defaults`.
void fill_attributes(Host& host, const Host& defaults);

/// Adds up the mentions of each host, in the order of the first mentions. Two mentions are of the same host when name
/// (in any case), user and port are equal.
///
/// A host mentioned once keeps its slots, and without a count has as many as it has CPUs. Of a host mentioned again
/// every mention without a count is worth one slot, as for mpirun and in the node files of PBS: `a,a` are 2 slots on a,
/// `a:2,a` are 3. A limit is added up too, where a mention without one counts with its slots. Tags come together; of
/// other attributes the first mention that gives one counts.
[[nodiscard]] std::vector<Host> merge_mentions(std::vector<Host> mentions);

}  // namespace scoop::hostfile
