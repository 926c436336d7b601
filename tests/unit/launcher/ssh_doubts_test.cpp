// For which configurations ssh is asked, and what the user is told of what only ssh honours.
#include "launcher/ssh_doubts.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

using namespace scoop::launcher;
using Doubts = std::vector<Notice>;

std::vector<SshConfigLine> lines(const std::string& text) {
    return lines_for_host({"c", text}, "a", [](const std::string&) { return std::vector<SshConfigFile>{}; });
}

Doubts doubts(const std::string& config, const std::string& told) {
    return doubts_of(lines(config), parse_ssh_settings(told, "/home/ada"));
}

TEST_CASE("ssh is asked where libssh knows less, or reads otherwise") {
    for (const char* config :
         {"IdentityAgent x", "CertificateFile x", "HostKeyAlias x", "Match originalhost a\nPort 1",
          "Match final host a\n", "Match host a\nGSSAPIAuthentication yes", "Match user b\nPreferredAuthentications x",
          "Include x y", "HostName b\nHost a b\nPort 2", "HostName b\nMatch host a\nPort 2", "revokedhostkeys x",
          "StrictHostKeyChecking accept-new", "UserKnownHostsFile x y", "SendEnv LANG FOO"}) {
        CAPTURE(config);
        CHECK(must_ask_ssh(lines(config)));
    }
    CHECK(must_ask_ssh(lines("User " + std::string(1024, 'x'))));
}

TEST_CASE("nobody waits for ssh where it would say the same") {
    for (const char* config :
         {"", "HostName b\nPort 2\nUser c\nProxyJump d", "HostName b\nHost *\nUser c", "HostName b\nMatch all\nUser c",
          "Host b\nHostKeyAlias x", "Match host a exec true\nPort 2", "Include x", "StrictHostKeyChecking no",
          "UserKnownHostsFile x", "SendEnv LANG LC_*\nHashKnownHosts yes\nGSSAPIAuthentication yes", "ForwardX11 yes",
          "ControlMaster auto", "RequestTTY yes", "LocalForward 1 b:2", "ServerAliveInterval 5"}) {
        CAPTURE(config);
        CHECK_FALSE(must_ask_ssh(lines(config)));
    }
}

TEST_CASE("what decides whom we trust is told, what may help on the way is a detail") {
    CHECK(
        doubts("Port 1\nRevokedHostKeys /r", "revokedhostkeys /r\n") ==
        Doubts{{Level::note, "c:2: the SSH built in here passes over RevokedHostKeys; --launcher openssh honours it"}});
    CHECK(doubts("pkcs11provider /p.so\nPKCS11Provider /q.so", "pkcs11provider /p.so\n") ==
          Doubts{
              {Level::detail, "c:1: the SSH built in here passes over PKCS11Provider; --launcher openssh honours it"}});
}

TEST_CASE("what ssh itself takes for unset is not told") {
    CHECK(
        doubts("RequiredRSASize 1024\nMatch user x\nKnownHostsCommand /c", "requiredrsasize 1024\nport 22\n").empty());
    CHECK(doubts("HostbasedAuthentication no", "hostbasedauthentication no\n").empty());
}

TEST_CASE("what is honoured with the help of ssh is told only where ssh says nothing") {
    CHECK(doubts("HostKeyAlias x", "hostkeyalias x\n").empty());
    CHECK(doubts("HostKeyAlias x\nMatch user b\nIdentityAgent y", "") ==
          Doubts{{Level::note,
                  "c:1: HostKeyAlias is passed over: the ssh program was to say what it comes to, and did not"}});
}

TEST_CASE("each sentence is told once") {
    Notices notices;
    for (int host = 0; host < 3; ++host) notices.add({Level::note, "x"});
    CHECK(notices.take() == Doubts{{Level::note, "x"}});
    notices.add({Level::note, "x"});
    CHECK(notices.take().empty());
}

}  // namespace
