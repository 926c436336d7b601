#include "launcher/ssh_settings.hpp"

#include <glob.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <sstream>
#include <utility>

#include "launcher/program_output.hpp"
#include "launcher/text_file.hpp"

namespace scoop::launcher {

namespace {

constexpr std::chrono::seconds settings_time_max{5};
constexpr int include_depth_max = 16;  // as in ssh
constexpr std::string_view user_folder = "/.ssh/";
constexpr std::string_view system_folder = "/etc/ssh/";

/// A line of a configuration: its keyword in small letters, and the rest.
std::pair<std::string, std::string> keyword_and_rest(const std::string& line) {
    const auto first = std::min(line.find_first_not_of(" \t"), line.size());
    const auto end = std::min(line.find_first_of(" \t=", first), line.size());
    std::string keyword = line.substr(first, end - first);
    std::transform(keyword.begin(), keyword.end(), keyword.begin(), [](unsigned char c) { return std::tolower(c); });
    const auto rest = line.find_first_not_of(" \t=", end);
    return {std::move(keyword), rest == std::string::npos ? std::string() : line.substr(rest)};
}

std::string home_directory() {
    const char* home = std::getenv("HOME");
    return home != nullptr ? home : "";
}

std::string expanded(std::string path, const std::string& home) {
    if (path.starts_with("~/")) path.replace(0, 1, home);
    if (path.starts_with("%d/")) path.replace(0, 2, home);
    return path;
}

std::vector<std::string> files_of_pattern(const std::string& pattern) {
    glob_t found{};
    std::vector<std::string> files;
    if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) files.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    ::globfree(&found);
    return files;
}

// Whether it is for the host at hand only ssh knows.
bool has_key_settings(const std::string& file, const std::string& folder, int depth) {
    const auto text = read_text_file("read " + file, file, "a configuration");
    if (!text || depth > include_depth_max) return false;
    std::istringstream lines(*text);
    for (std::string line; std::getline(lines, line);) {
        const auto [keyword, rest] = keyword_and_rest(line);
        if (keyword == "identityagent" || keyword == "identitiesonly") return true;
        if (keyword != "include") continue;
        std::istringstream patterns(rest);
        for (std::string pattern; patterns >> pattern;) {
            std::erase(pattern, '"');
            pattern = expanded(std::move(pattern), home_directory());
            for (const std::string& included : files_of_pattern(pattern.starts_with('/') ? pattern : folder + pattern))
                if (has_key_settings(included, folder, depth + 1)) return true;
        }
    }
    return false;
}

bool is_worth_asking(const SshTarget& target) {
    const std::string own_folder = home_directory().append(user_folder);
    if (!target.config_file.empty()) return has_key_settings(target.config_file, own_folder, 0);
    return has_key_settings(own_folder + "config", own_folder, 0) ||
           has_key_settings(std::string(system_folder) + "ssh_config", std::string(system_folder), 0);
}

/// What IdentityAgent may say beside a path: the name of a variable, with "$" unless it is the usual one.
std::string agent_of(std::string value) {
    if (value == "SSH_AUTH_SOCK") return {};
    if (!value.starts_with('$')) return value;
    const char* socket = std::getenv(value.c_str() + 1);
    return socket != nullptr ? socket : "none";
}

}  // namespace

SshSettings parse_ssh_settings(std::string_view printed, const std::string& home) {
    SshSettings settings;
    std::vector<std::string> identities;
    std::istringstream lines{std::string(printed)};
    for (std::string line; std::getline(lines, line);) {
        const auto [keyword, value] = keyword_and_rest(line);
        if (keyword == "identityagent") settings.agent = expanded(agent_of(value), home);
        if (keyword == "identitiesonly") settings.only_identities = value == "yes";
        if (keyword == "identityfile") identities.push_back(expanded(value, home));
    }
    if (settings.only_identities) settings.identities = std::move(identities);
    return settings;
}

SshSettings find_ssh_settings(const SshTarget& target) {
    if (!is_worth_asking(target)) return {};
    std::vector<std::string> command{"ssh", "-T", "-G"};
    if (!target.config_file.empty()) command.insert(command.end(), {"-F", target.config_file});
    if (!target.identity_file.empty()) command.insert(command.end(), {"-i", target.identity_file});
    if (target.user) command.insert(command.end(), {"-l", *target.user});
    if (target.port) command.insert(command.end(), {"-p", std::to_string(*target.port)});
    command.insert(command.end(), {"--", target.host});
    const auto printed = output_of_program(std::move(command), settings_time_max);
    return printed ? parse_ssh_settings(*printed, home_directory()) : SshSettings{};
}

}  // namespace scoop::launcher
