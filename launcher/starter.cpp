#include "launcher/starter.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "hostfile/text.hpp"
#include "launcher/command_words.hpp"

namespace scoop::launcher {

namespace {

constexpr std::string_view host_word = "{host}";
constexpr std::uint16_t ssh_port = 22;

using Words = std::vector<std::string>;

// What ~/.ssh/config says stands unless the user said otherwise to us, but for what would break the channel: a command
// of its own, a terminal, forwarded ports that another session has already.
Words openssh_words(const SshTarget& target) {
    Words words{"ssh",
                "-T",
                "-x",
                "-oBatchMode=yes",
                "-oClearAllForwardings=yes",
                "-oRemoteCommand=none",
                "-oConnectTimeout=" + std::to_string(target.step_time_max.count())};
    if (target.accept_new_host_keys) words.emplace_back("-oStrictHostKeyChecking=accept-new");
    if (!target.config_file.empty()) words.insert(words.end(), {"-F", target.config_file});
    if (!target.identity_file.empty()) words.insert(words.end(), {"-i", target.identity_file});
    if (target.user) words.insert(words.end(), {"-l", *target.user});
    if (target.port) words.insert(words.end(), {"-p", std::to_string(*target.port)});
    words.insert(words.end(), {"--", target.host});
    return words;
}

struct StarterRow {
    std::string_view name;
    Words (*words)(const SshTarget& target);
};

constexpr StarterRow rows[] = {
    {"ssh", nullptr},
    {"openssh", openssh_words},
};

// `word` with the placeholders replaced; what stands for them is not looked at again.
std::string fill_in(std::string_view word, std::span<const std::pair<std::string_view, std::string>> values) {
    std::string filled;
    while (!word.empty()) {
        const auto value =
            std::find_if(values.begin(), values.end(), [&](const auto& one) { return word.starts_with(one.first); });
        filled += value == values.end() ? std::string(1, word.front()) : value->second;
        word.remove_prefix(value == values.end() ? 1 : value->first.size());
    }
    return filled;
}

std::string allowed_launchers() {
    std::string names;
    for (const StarterRow& row : rows) names += std::string(row.name) + ", ";
    return names + "or a command with {host} in it, as in 'docker exec -i {host}'";
}

}  // namespace

tl::expected<Launcher, std::string> parse_launcher(const std::string& value) {
    Launcher launcher;
    if (value.find(host_word) != std::string::npos) {
        auto words = split_words(value);
        if (!words) return tl::unexpected(std::move(words.error()));
        if (words->front().empty() || words->front().find(host_word) != std::string::npos)
            return tl::unexpected<std::string>(
                "the first word must be the command that reaches the host, as in 'docker exec -i {host}'");
        launcher.name.clear();
        launcher.words = std::move(*words);
        return launcher;
    }
    std::vector<std::string_view> names;
    for (const StarterRow& row : rows) names.push_back(row.name);
    if (std::find(names.begin(), names.end(), value) == names.end())
        return tl::unexpected("expected " + allowed_launchers() + hostfile::did_you_mean(value, names));
    launcher.name = value;
    return launcher;
}

Words starter_command(const Launcher& launcher, const SshTarget& target, const std::string& own_user) {
    Words words = launcher.words;
    for (const StarterRow& row : rows)
        if (row.name == launcher.name && row.words != nullptr) words = row.words(target);
    const std::pair<std::string_view, std::string> values[] = {
        {host_word, target.host},
        {"{user}", target.user.value_or(own_user)},
        {"{port}", std::to_string(target.port.value_or(ssh_port))},
    };
    if (launcher.is_users_own())
        for (std::string& word : words) word = fill_in(word, values);
    words.emplace_back("sh");
    return words;
}

}  // namespace scoop::launcher
