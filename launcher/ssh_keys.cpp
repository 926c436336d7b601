#include "launcher/ssh_keys.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "launcher/agent_key.hpp"

namespace scoop::launcher {

namespace {

std::string certificate_of(const std::string& key_file) { return key_file + "-cert.pub"; }

// Otherwise libssh would ask on the terminal.
int no_passphrase(const char*, char*, std::size_t, int, int, void*) { return -1; }

KeyHandle with_certificate(KeyHandle key, const std::string& file) {
    ssh_key certificate = nullptr;
    if (!key || ssh_pki_import_cert_file(file.c_str(), &certificate) != SSH_OK) return nullptr;
    const KeyHandle owner(certificate);
    return ssh_pki_copy_cert_to_privkey(certificate, key.get()) == SSH_OK ? std::move(key) : nullptr;
}

// As agents show it.
std::string public_half(const KeyHandle& key) {
    char* text = nullptr;
    if (!key || ssh_pki_export_pubkey_base64(key.get(), &text) != SSH_OK) return {};
    std::string bytes = key_file_bytes(std::string("key ") + text);
    ssh_string_free_char(text);
    return bytes;
}

}  // namespace

std::vector<std::string> certified_key_files(const std::string& identity, const std::string& home) {
    std::vector<std::string> files{identity};
    for (const char* name : {"id_ed25519", "id_ecdsa", "id_rsa"}) {
        std::string file = home + "/.ssh/" + name;
        if (file != identity) files.push_back(std::move(file));
    }
    return with_certificates(std::move(files));
}

std::vector<std::string> with_certificates(std::vector<std::string> files) {
    std::erase_if(files, [](const std::string& file) { return ::access(certificate_of(file).c_str(), R_OK) != 0; });
    return files;
}

KeyHandle load_key(const std::string& file) {
    ssh_key key = nullptr;
    (void)ssh_pki_import_privkey_file(file.c_str(), nullptr, no_passphrase, nullptr, &key);
    return KeyHandle(key);
}

KeyHandle load_certified_key(const std::string& file) { return with_certificate(load_key(file), certificate_of(file)); }

KeyHandle load_key_of_certificate(const std::string& certificate, const std::vector<std::string>& files) {
    const std::string wanted = plain_key(key_bytes_in(certificate));
    for (const std::string& file : files) {
        KeyHandle key = load_key(file);
        if (key && public_half(key) == wanted) return with_certificate(std::move(key), certificate);
    }
    return nullptr;
}

}  // namespace scoop::launcher
