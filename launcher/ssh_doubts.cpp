#include "launcher/ssh_doubts.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <sstream>
#include <string_view>

namespace scoop::launcher {

namespace {

enum class Passed {
    to_ssh,  ///< honoured here, if ssh tells what it comes to
    trust,   ///< decides where we connect or whom we trust, and nobody honours it here
    way,     ///< may matter for the way to the host
};

struct Keyword {
    std::string_view name;
    Passed passed;
};

constexpr std::array keywords = {
    Keyword{"IdentityAgent", Passed::to_ssh},
    Keyword{"IdentitiesOnly", Passed::to_ssh},
    Keyword{"CertificateFile", Passed::to_ssh},
    Keyword{"HostKeyAlias", Passed::to_ssh},
    Keyword{"CanonicalizeHostname", Passed::to_ssh},
    Keyword{"AddressFamily", Passed::to_ssh},
    Keyword{"BindAddress", Passed::to_ssh},
    Keyword{"KnownHostsCommand", Passed::trust},
    Keyword{"RevokedHostKeys", Passed::trust},
    Keyword{"RequiredRSASize", Passed::trust},
    Keyword{"ProxyUseFdpass", Passed::trust},
    Keyword{"BindInterface", Passed::way},
    Keyword{"GlobalKnownHostsFile", Passed::way},
    Keyword{"HostbasedAuthentication", Passed::way},
    Keyword{"PKCS11Provider", Passed::way},
    Keyword{"SecurityKeyProvider", Passed::way},
    Keyword{"SendEnv", Passed::way},
    Keyword{"SetEnv", Passed::way},
    Keyword{"StrictHostKeyChecking", Passed::way},
    Keyword{"UserKnownHostsFile", Passed::way},
    Keyword{"VerifyHostKeyDNS", Passed::way},
};

std::set<std::string> words_of(const std::string& text) {
    std::istringstream words(text);
    std::set<std::string> found;
    for (std::string word; words >> word;) found.insert(word);
    return found;
}

// Debian's own configuration has these.
bool is_of_language(std::string_view variable) { return variable == "LANG" || variable.starts_with("LC_"); }

// libssh honours most of what people say with these.
bool is_passed_over(const SshConfigLine& line) {
    if (line.keyword == "stricthostkeychecking") return line.rest == "accept-new";
    if (line.keyword.ends_with("knownhostsfile")) return words_of(line.rest).size() > 1;
    if (line.keyword != "sendenv") return true;
    const auto variables = words_of(line.rest);
    return !std::all_of(variables.begin(), variables.end(), is_of_language);
}

const Keyword* keyword_of(const SshConfigLine& line) {
    const auto* found = std::find_if(keywords.begin(), keywords.end(), [&](const Keyword& keyword) {
        return std::equal(keyword.name.begin(), keyword.name.end(), line.keyword.begin(), line.keyword.end(),
                          [](char a, char b) { return a == b || (a >= 'A' && a <= 'Z' && a - 'A' + 'a' == b); });
    });
    return found != keywords.end() && is_passed_over(line) ? found : nullptr;
}

// libssh never fulfils the first of these, and always the others.
bool is_misread(const SshConfigLine& match) {
    for (const char* condition : {"originalhost", "canonical", "final"})
        if (match.rest.find(condition) != std::string::npos) return true;
    return false;
}

// Only ssh knows whether a line below a Match holds, and such a line may stand in the way of one that does.
bool may_decide_on_kerberos(const SshConfigLine& line) {
    return !line.is_certain && (line.keyword.starts_with("gssapi") || line.keyword == "preferredauthentications");
}

// What ssh prints where nobody has said anything, or "no".
bool is_unset(const SshSettings& settings, const std::string& keyword) {
    const auto value = settings.values.find(keyword);
    if (value == settings.values.end()) return true;
    static const std::set<std::string> nothing{"", "none", "no", "false", "any", "1024", "internal"};
    return nothing.contains(value->second);
}

}  // namespace

bool must_ask_ssh(const std::vector<SshConfigLine>& lines) {
    bool is_renamed = false;
    for (const SshConfigLine& line : lines) {
        if (line.is_cut || keyword_of(line) != nullptr) return true;
        if (may_decide_on_kerberos(line)) return true;
        if (line.keyword == "match" && is_misread(line)) return true;
        // libssh takes the first pattern only.
        if (line.keyword == "include" && words_of(line.rest).size() > 1) return true;
        // From there on libssh compares with the new name.
        if (line.keyword == "hostname") is_renamed = true;
        const bool is_for_all = line.rest == "*" || line.rest == "all";
        if (is_renamed && !is_for_all && (line.keyword == "host" || line.keyword == "match")) return true;
    }
    return false;
}

std::vector<Notice> doubts_of(const std::vector<SshConfigLine>& lines, const SshSettings& settings) {
    std::vector<Notice> doubts;
    std::set<std::string> told;
    const auto tell = [&](const SshConfigLine& line, Level level, const std::string& what) {
        if (told.insert(line.keyword).second) doubts.push_back({level, line.place + ": " + what});
    };
    for (const SshConfigLine& line : lines) {
        if (line.is_cut)
            tell(line, Level::note,
                 "the SSH built in here takes a line of more than 1022 bytes for several; --launcher openssh does not");
        const Keyword* keyword = keyword_of(line);
        if (keyword == nullptr || (!settings.is_told() && !line.is_certain)) continue;
        const std::string name(keyword->name);
        if (keyword->passed == Passed::to_ssh) {
            if (!settings.is_told())
                tell(line, Level::note,
                     name + " is passed over: the ssh program was to say what it comes to, and did not");
            continue;
        }
        if (settings.is_told() && is_unset(settings, line.keyword)) continue;
        tell(line, keyword->passed == Passed::trust ? Level::note : Level::detail,
             "the SSH built in here passes over " + name + "; --launcher openssh honours it");
    }
    return doubts;
}

}  // namespace scoop::launcher
