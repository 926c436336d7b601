#include "launcher/ssh_words.hpp"

#include "launcher/ssh_keys.hpp"

namespace scoop::launcher {

std::string option_text(ssh_session session, ssh_options_e option) {
    char* text = nullptr;
    if (ssh_options_get(session, option, &text) != SSH_OK) return {};
    std::string copy = text;
    ssh_string_free_char(text);
    return copy;
}

std::string fingerprint(ssh_session session) {
    ssh_key raw = nullptr;
    if (ssh_get_server_publickey(session, &raw) != SSH_OK) return "unknown";
    const KeyHandle key(raw);
    unsigned char* hash = nullptr;
    std::size_t size = 0;
    if (ssh_get_publickey_hash(key.get(), SSH_PUBLICKEY_HASH_SHA256, &hash, &size) != SSH_OK) return "unknown";
    char* text = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, size);
    ssh_clean_pubkey_hash(&hash);
    std::string copy = text != nullptr ? text : "unknown";
    ssh_string_free_char(text);
    return std::string(ssh_key_type_to_char(ssh_key_type(key.get()))) + " " + copy;
}

std::string server_key_text(ssh_session session) {
    ssh_key raw = nullptr;
    if (ssh_get_server_publickey(session, &raw) != SSH_OK) return {};
    const KeyHandle key(raw);
    char* text = nullptr;
    if (ssh_pki_export_pubkey_base64(key.get(), &text) != SSH_OK) return {};
    std::string copy = text;
    ssh_string_free_char(text);
    return copy;
}

std::string methods_text(int methods) {
    std::string text;
    const auto add = [&](int method, const char* name) {
        if ((methods & method) != 0) text += (text.empty() ? "" : ", ") + std::string(name);
    };
    add(SSH_AUTH_METHOD_PUBLICKEY, "publickey");
    add(SSH_AUTH_METHOD_PASSWORD, "password");
    add(SSH_AUTH_METHOD_INTERACTIVE, "keyboard-interactive");
    add(SSH_AUTH_METHOD_HOSTBASED, "hostbased");
    add(SSH_AUTH_METHOD_GSSAPI_MIC, "gssapi-with-mic");
    return text.empty() ? "nothing" : text;
}

}  // namespace scoop::launcher
