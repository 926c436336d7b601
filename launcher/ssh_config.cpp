#include "launcher/ssh_config.hpp"

#include <algorithm>
#include <cctype>
#include <sstream>
#include <utility>

namespace scoop::launcher {

namespace {

constexpr int include_depth_max = 16;            // as in ssh
constexpr std::size_t line_size_max = 1024 - 2;  // libssh's buffer, with the line's end

std::string in_small_letters(std::string_view text) {
    std::string small(text);
    std::transform(small.begin(), small.end(), small.begin(), [](unsigned char c) { return std::tolower(c); });
    return small;
}

// "*" and "?" are all that ssh knows.
bool matches(std::string_view pattern, std::string_view name) {
    std::size_t p = 0;
    std::size_t n = 0;
    std::size_t star = std::string_view::npos;
    std::size_t after_star = 0;
    while (n < name.size()) {
        if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n]) && pattern[p] != '*') {
            ++p;
            ++n;
        } else if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            after_star = n;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            n = ++after_star;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

struct Reading {
    const std::string& host;
    const FindSshConfigs& find;
    std::vector<SshConfigLine> lines;

    enum class Block { ours, others, asks };
    void read(const SshConfigFile& file, Block block, int depth);
};

void Reading::read(const SshConfigFile& file, Block block, int depth) {
    std::istringstream text(file.text);
    int number = 0;
    for (std::string raw; std::getline(text, raw);) {
        SshConfigLine line = split_ssh_line(raw);
        line.place = file.name + ":" + std::to_string(++number);
        line.is_cut = raw.size() > line_size_max;
        if (line.keyword.empty() || line.keyword.starts_with('#')) continue;
        const bool is_head = line.keyword == "host" || line.keyword == "match";
        if (line.keyword == "host") block = is_among_hosts(line.rest, host) ? Block::ours : Block::others;
        if (line.keyword == "match") block = Block::asks;
        if (block == Block::others && !is_head) continue;
        line.is_certain = is_head || block == Block::ours;
        lines.push_back(line);
        if (line.keyword != "include" || depth == include_depth_max) continue;
        std::istringstream patterns(line.rest);
        for (std::string pattern; patterns >> pattern;) {
            std::erase(pattern, '"');
            for (const SshConfigFile& included : find(pattern)) read(included, block, depth + 1);
        }
    }
}

}  // namespace

SshConfigLine split_ssh_line(const std::string& line) {
    const auto first = std::min(line.find_first_not_of(" \t"), line.size());
    const auto end = std::min(line.find_first_of(" \t=\r", first), line.size());
    const auto rest = std::min(line.find_first_not_of(" \t=", end), line.size());
    const auto last = line.find_last_not_of(" \t\r");
    return {{},
            in_small_letters(std::string_view(line).substr(first, end - first)),
            rest == line.size() ? std::string() : line.substr(rest, last + 1 - rest),
            true};
}

bool is_among_hosts(std::string_view patterns, std::string_view host) {
    const std::string name = in_small_letters(host);
    std::istringstream words{std::string(patterns)};
    bool is_meant = false;
    for (std::string word; words >> word;) {
        std::erase(word, '"');
        const bool is_exception = word.starts_with('!');
        if (!matches(in_small_letters(std::string_view(word).substr(is_exception ? 1 : 0)), name)) continue;
        if (is_exception) return false;
        is_meant = true;
    }
    return is_meant;
}

std::vector<SshConfigLine> lines_for_host(const SshConfigFile& file, const std::string& host,
                                          const FindSshConfigs& find) {
    Reading reading{host, find, {}};
    reading.read(file, Reading::Block::ours, 0);
    return std::move(reading.lines);
}

}  // namespace scoop::launcher
