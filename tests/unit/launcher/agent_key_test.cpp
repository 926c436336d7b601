// What key files and agents say of keys.
#include "launcher/agent_key.hpp"

#include <doctest/doctest.h>

using namespace scoop::launcher;

TEST_CASE("a key file says which key it is of, with its comment or without") {
    CHECK(key_file_bytes("ssh-ed25519 aGVsbG8= ada@home\n") == "hello");
    CHECK(key_file_bytes("ssh-ed25519 aGVsbG8\r\n") == "hello");
    CHECK(key_file_bytes("ssh-ed25519 aGVsbG8=") == "hello");
    CHECK(key_file_bytes(
              "-----BEGIN OPENSSH PRIVATE KEY-----\naGVs\nbG8gd29ybGQ=\n-----END OPENSSH PRIVATE KEY-----\n") ==
          "hello world");
    CHECK(key_file_bytes("k +/+/") == "\xfb\xff\xbf");
}

TEST_CASE("what is no key has no bytes") {
    for (const char* text :
         {"", "-", "-----", "-----BEGIN", "ssh-ed25519", "ssh-ed25519 ", "a *b", "Proc-Type: 4,ENCRYPTED\n"}) {
        CAPTURE(text);
        CHECK(key_file_bytes(text).empty());
    }
}

TEST_CASE("the agent signs with the key that it has, for the certificate that the host is shown") {
    using namespace std::string_literals;
    const std::string behind =
        "\0\0\0\x04"
        "data"
        "\0\0\0\0"s;
    const std::string request =
        "\x0d\0\0\0\x04"
        "cert"s +
        behind;
    CHECK(signing_with(request, "cert", "key") ==
          "\x0d\0\0\0\x03"
          "key"s +
              behind);
    CHECK(signing_with(request, "cert", "cert") == request);
    CHECK(signing_with(request, "other", "key") == request);
    CHECK(signing_with("\x0b"s, "cert", "key") == "\x0b"s);
    CHECK(signing_with("\x0d\0\0"s, "cert", "key") == "\x0d\0\0"s);
    CHECK(signing_with("", "", "key").empty());
}

TEST_CASE("an agent's answer is read as far as it goes") {
    using namespace std::string_literals;
    using Keys = std::vector<std::string>;
    const std::string two = "\x0c\0\0\0\x02\0\0\0\x03one\0\0\0\x01c\0\0\0\x03two\0\0\0\0"s;
    CHECK(keys_in_answer(two) == Keys{"one", "two"});
    for (std::size_t size = 0; size < 12; ++size) CHECK(keys_in_answer(std::string_view(two).substr(0, size)).empty());
    CHECK(keys_in_answer(std::string_view(two).substr(0, 20)) == Keys{"one"});
    CHECK(keys_in_answer("\x05"s).empty());
    CHECK(keys_in_answer("\x0c\0\0\0\x01\xff\xff\xff\xffone"s).empty());
}

TEST_CASE("a certificate is for the key whose fields it has") {
    using namespace std::string_literals;
    const auto text = [](const std::string& bytes) { return "\0\0\0"s + static_cast<char>(bytes.size()) + bytes; };
    const std::string behind = "serial and so on";
    CHECK(plain_key(text("ssh-ed25519-cert-v01@openssh.com") + text("random") + text("key") + behind) ==
          text("ssh-ed25519") + text("key"));
    CHECK(plain_key(text("ssh-rsa-cert-v01@openssh.com") + text("random") + text("e") + text("n") + behind) ==
          text("ssh-rsa") + text("e") + text("n"));
    CHECK(plain_key(text("sk-ssh-ed25519-cert-v01@openssh.com") + text("random") + text("key") + text("ssh:") +
                    behind) == text("sk-ssh-ed25519@openssh.com") + text("key") + text("ssh:"));
    const std::string plain = text("ssh-ed25519") + text("key");
    CHECK(plain_key(plain) == plain);
    const std::string cut = text("ssh-rsa-cert-v01@openssh.com") + text("random") + text("e");
    CHECK(plain_key(cut) == cut);
    CHECK(plain_key("").empty());
}
