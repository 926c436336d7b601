#include "launcher/ssh_way.hpp"

#include "launcher/revoked_keys.hpp"
#include "launcher/ssh_words.hpp"
#include "launcher/text_file.hpp"

namespace scoop::launcher {

void go_where_ssh_goes(ssh_session session, const SshSettings& settings) {
    if (!settings.is_told()) return;
    ssh_options_set(session, SSH_OPTIONS_HOST, settings.host.c_str());
    ssh_options_set(session, SSH_OPTIONS_PORT_STR, settings.port.c_str());
    ssh_options_set(session, SSH_OPTIONS_USER, settings.user.c_str());
    ssh_options_set(session, SSH_OPTIONS_PROXYCOMMAND, settings.proxy.empty() ? "none" : settings.proxy.c_str());
}

std::string file_that_revokes(ssh_session session) {
    const std::string key = server_key_text(session);
    for (const auto option : {SSH_OPTIONS_KNOWNHOSTS, SSH_OPTIONS_GLOBAL_KNOWNHOSTS}) {
        std::string file = option_text(session, option);
        const auto text = read_text_file("read " + file, file, "a list of hosts");
        if (text && revokes_key(*text, key)) return file;
    }
    return {};
}

void look_up_key_as_ssh_does(ssh_session session, const SshSettings& settings) {
    if (settings.host_key_alias.empty()) return;
    ssh_options_set(session, SSH_OPTIONS_HOST, settings.host_key_alias.c_str());
    // ssh looks for an alias without the port.
    ssh_options_set(session, SSH_OPTIONS_PORT_STR, "22");
}

}  // namespace scoop::launcher
