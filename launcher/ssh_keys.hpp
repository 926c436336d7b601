// Keys that libssh 0.10 does not offer by itself, or too late: a user's certificate beside a private key (KEY-cert.pub,
// ssh-keygen(1)), and the key that the user has named.
//
// One of the files that know libssh. One thread.
#pragma once

#include <libssh/libssh.h>

#include <memory>
#include <string>
#include <vector>

namespace scoop::launcher {

struct KeyFree {
    void operator()(ssh_key key) const { ssh_key_free(key); }
};
using KeyHandle = std::unique_ptr<ssh_key_struct, KeyFree>;

/// The private keys that have a certificate: of `identity` and of those that ssh looks for by itself in `home`.
[[nodiscard]] std::vector<std::string> certified_key_files(const std::string& identity, const std::string& home);

/// Those of `files` that have a certificate.
[[nodiscard]] std::vector<std::string> with_certificates(std::vector<std::string> files);

/// Null if there is none, or it has a passphrase: nobody is asked, for that is what an agent is for.
[[nodiscard]] KeyHandle load_key(const std::string& file);
/// The same with its certificate in it.
[[nodiscard]] KeyHandle load_certified_key(const std::string& file);
/// The first of the private keys for which the certificate is, with it; null if there is none, or it has a passphrase.
[[nodiscard]] KeyHandle load_key_of_certificate(const std::string& certificate, const std::vector<std::string>& files);

}  // namespace scoop::launcher
