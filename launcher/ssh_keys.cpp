#include "launcher/ssh_keys.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace scoop::launcher {

namespace {

std::string certificate_of(const std::string& key_file) { return key_file + "-cert.pub"; }

// Otherwise libssh would ask on the terminal.
int no_passphrase(const char*, char*, std::size_t, int, int, void*) { return -1; }

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

KeyHandle load_certified_key(const std::string& file) {
    KeyHandle key = load_key(file);
    ssh_key certificate = nullptr;
    if (!key || ssh_pki_import_cert_file(certificate_of(file).c_str(), &certificate) != SSH_OK) return nullptr;
    const KeyHandle owner(certificate);
    return ssh_pki_copy_cert_to_privkey(certificate, key.get()) == SSH_OK ? std::move(key) : nullptr;
}

}  // namespace scoop::launcher
