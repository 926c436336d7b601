// The lines of the user's SSH configuration that may be for a host, with the places where they stand.
//
// They tell which keywords there are, and where. What they come to for a host only the ssh program knows.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace scoop::launcher {

struct SshConfigFile {
    std::string name;
    std::string text;
};

struct SshConfigLine {
    std::string place;    ///< "/home/ada/.ssh/config:12"
    std::string keyword;  ///< in small letters
    std::string rest;     ///< what stands behind it
    bool is_certain;      ///< not below a Match, of which only ssh knows whether it is fulfilled
    bool is_cut = false;  ///< libssh reads no line of this length as one
};

/// The files that an Include of `pattern` means.
using FindSshConfigs = std::function<std::vector<SshConfigFile>(const std::string& pattern)>;

/// A line of a configuration, or of what `ssh -G` prints: its keyword in small letters, and the rest.
[[nodiscard]] SshConfigLine split_ssh_line(const std::string& line);

/// Whether the list of patterns of a Host means `host`, ssh_config(5).
[[nodiscard]] bool is_among_hosts(std::string_view patterns, std::string_view host);

/// In their order, without those below a Host that means others; each Host and Match is among them. Pure.
[[nodiscard]] std::vector<SshConfigLine> lines_for_host(const SshConfigFile& file, const std::string& host,
                                                        const FindSshConfigs& find);

}  // namespace scoop::launcher
