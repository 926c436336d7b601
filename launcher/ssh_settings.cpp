#include "launcher/ssh_settings.hpp"

#include <glob.h>
#include <sys/socket.h>

#include <chrono>
#include <cstdlib>
#include <sstream>
#include <utility>

#include "launcher/program_output.hpp"
#include "launcher/ssh_config.hpp"
#include "launcher/ssh_connection.hpp"
#include "launcher/ssh_doubts.hpp"
#include "launcher/ssh_proxy.hpp"
#include "launcher/text_file.hpp"

namespace scoop::launcher {

namespace {

constexpr std::chrono::seconds settings_time_max{5};
constexpr std::string_view user_folder = "/.ssh/";
constexpr std::string_view system_folder = "/etc/ssh/";

std::string home_directory() {
    const char* home = std::getenv("HOME");
    return home != nullptr ? home : "";
}

std::vector<std::string> files_of_pattern(const std::string& pattern) {
    glob_t found{};
    std::vector<std::string> files;
    if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) files.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    ::globfree(&found);
    return files;
}

std::vector<SshConfigFile> read_configs(const std::vector<std::string>& names) {
    std::vector<SshConfigFile> files;
    for (const std::string& name : names)
        if (auto text = read_text_file("read " + name, name, "a configuration"))
            files.push_back({name, std::move(*text)});
    return files;
}

// Of a file whose Includes are relative to `folder`.
std::vector<SshConfigLine> lines_of(const std::string& file, const std::string& folder, const std::string& host) {
    const FindSshConfigs find = [&](const std::string& pattern) {
        if (pattern.starts_with("~/")) return read_configs(files_of_pattern(home_directory() + pattern.substr(1)));
        return read_configs(files_of_pattern(pattern.starts_with('/') ? pattern : folder + pattern));
    };
    std::vector<SshConfigLine> lines;
    for (const SshConfigFile& one : read_configs({file})) lines = lines_for_host(one, host, find);
    return lines;
}

std::vector<SshConfigLine> lines_for(const SshTarget& target) {
    const std::string own_folder = home_directory().append(user_folder);
    if (!target.config_file.empty()) return lines_of(target.config_file, own_folder, target.host);
    auto lines = lines_of(own_folder + "config", own_folder, target.host);
    for (auto& line : lines_of(std::string(system_folder) + "ssh_config", std::string(system_folder), target.host))
        lines.push_back(std::move(line));
    return lines;
}

/// What IdentityAgent may say beside a path: the name of a variable, with "$" unless it is the usual one.
std::string agent_of(std::string value) {
    if (value == "SSH_AUTH_SOCK") return {};
    if (!value.starts_with('$')) return value;
    const char* socket = std::getenv(value.c_str() + 1);
    return socket != nullptr ? socket : "none";
}

// The last gateway is the one that connects to the host.
std::string jump_command(const std::string& jumps) {
    const auto comma = jumps.rfind(',');
    const std::string last = jumps.substr(comma == std::string::npos ? 0 : comma + 1);
    std::string command = "ssh -W '[%h]:%p'";
    if (comma != std::string::npos) command += " -J " + jumps.substr(0, comma);
    return command + " " + (last.starts_with("ssh://") ? last : "ssh://" + last);
}

// `values` has the first of each keyword.
SshKerberosSettings kerberos_settings_in(const std::map<std::string, std::string>& values) {
    const auto value = [&](const char* keyword) {
        const auto found = values.find(keyword);
        return found != values.end() ? found->second : std::string();
    };
    const auto is_on = [&](const char* keyword) { return value(keyword) == "yes" || value(keyword) == "true"; };
    const std::string methods = "," + value("preferredauthentications") + ",";
    return {is_on("gssapiauthentication") && (methods == ",," || methods.find(",gssapi-with-mic,") != methods.npos),
            is_on("gssapidelegatecredentials"), value("gssapiserveridentity"), value("gssapiclientidentity")};
}

}  // namespace

SshKerberosSettings kerberos_settings_of(const std::vector<SshConfigLine>& lines) {
    std::map<std::string, std::string> values;
    for (const SshConfigLine& line : lines)
        if (line.is_certain) values.try_emplace(line.keyword, line.rest);
    return kerberos_settings_in(values);
}

SshSettings parse_ssh_settings(std::string_view printed, const std::string& home) {
    SshSettings settings;
    std::istringstream lines{std::string(printed)};
    for (std::string text; std::getline(lines, text);) {
        const auto [place, keyword, value, is_certain, is_cut] = split_ssh_line(text);
        settings.values.try_emplace(keyword, value);
        if (keyword == "identityagent") settings.agent = agent_of(value);
        if (keyword == "identitiesonly") settings.only_identities = value == "yes";
        if (keyword == "identityfile") settings.identities.push_back(value);
        if (keyword == "certificatefile") settings.certificates.push_back(value);
        if (keyword == "hostname") settings.host = value;
        if (keyword == "port") settings.port = value;
        if (keyword == "user") settings.user = value;
        if (keyword == "hostkeyalias") settings.host_key_alias = value;
        if (keyword == "bindaddress") settings.bind_address = value;
        if (keyword == "addressfamily") settings.family = value == "inet" ? AF_INET : value == "inet6" ? AF_INET6 : 0;
        if (keyword == "proxycommand" && value != "none") settings.proxy = value;
        if (keyword == "proxyjump" && value != "none") settings.proxy = jump_command(value);
    }
    settings.kerberos = kerberos_settings_in(settings.values);
    const auto name = settings.values.find("host");
    const ProxyTokens tokens{settings.host, name != settings.values.end() ? name->second : std::string(),
                             static_cast<std::uint16_t>(std::strtoul(settings.port.c_str(), nullptr, 10)),
                             settings.user, home};
    const auto expand = [&](std::string& path) {
        if (path.starts_with("~/")) path.replace(0, 1, home);
        path = expand_proxy_command(path, tokens);
    };
    expand(settings.agent);
    for (std::string& file : settings.identities) expand(file);
    for (std::string& file : settings.certificates) expand(file);
    return settings;
}

SshSettings find_ssh_settings(const SshTarget& target, Notices& notices) {
    const auto config = lines_for(target);
    SshSettings unasked;
    unasked.kerberos = kerberos_settings_of(config);
    if (!must_ask_ssh(config)) return unasked;
    std::vector<std::string> command{"ssh", "-T", "-G"};
    if (!target.config_file.empty()) command.insert(command.end(), {"-F", target.config_file});
    if (!target.identity_file.empty()) command.insert(command.end(), {"-i", target.identity_file});
    if (target.user) command.insert(command.end(), {"-l", *target.user});
    if (target.port) command.insert(command.end(), {"-p", std::to_string(*target.port)});
    command.insert(command.end(), {"--", target.host});
    const auto printed = output_of_program(std::move(command), settings_time_max);
    SshSettings settings = printed ? parse_ssh_settings(*printed, home_directory()) : unasked;
    for (const Notice& doubt : doubts_of(config, settings)) notices.add(doubt);
    return settings;
}

}  // namespace scoop::launcher
