// What the ssh program prints of a host's configuration.
#include "launcher/ssh_settings.hpp"

#include <doctest/doctest.h>

#include <sys/socket.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace scoop::launcher;
using Files = std::vector<std::string>;

TEST_CASE("the keys of the configuration count as the only ones when it says so") {
    const std::string files = "identityfile ~/.ssh/a key\nidentityfile %d/.ssh/b\nidentityfile /c\n";
    const auto strict = parse_ssh_settings("user ada\nidentitiesonly yes\n" + files, "/home/ada");
    CHECK(strict.only_identities);
    CHECK(strict.identities == Files{"/home/ada/.ssh/a key", "/home/ada/.ssh/b", "/c"});
    const auto open = parse_ssh_settings("identitiesonly no\n" + files, "/home/ada");
    CHECK_FALSE(open.only_identities);
    CHECK(open.identities == strict.identities);
}

TEST_CASE("certificates are named as ssh names them") {
    const auto told = parse_ssh_settings(
        "host gpu\nuser ada\nhostname n1.lab\nport 2222\ncertificatefile ~/c-%r\ncertificatefile /%n/%h.%p\n",
        "/home/ada");
    CHECK(told.certificates == Files{"/home/ada/c-ada", "/gpu/n1.lab.2222"});
}

TEST_CASE("the way to the host is that of ssh, through the last gateway") {
    const auto told = parse_ssh_settings("user ada\nhostname n1.lab\nport 2222\nhostkeyalias x\n", "");
    CHECK(told.is_told());
    CHECK(told.host + " " + told.port + " " + told.user + " " + told.host_key_alias + told.proxy ==
          "n1.lab 2222 ada x");
    CHECK(parse_ssh_settings("proxyjump eve@b:22\n", "").proxy == "ssh -W '[%h]:%p' ssh://eve@b:22");
    CHECK(parse_ssh_settings("proxyjump b,c\n", "").proxy == "ssh -W '[%h]:%p' -J b ssh://c");
    CHECK(parse_ssh_settings("proxycommand nc %h %p\n", "").proxy == "nc %h %p");
    CHECK(parse_ssh_settings("proxycommand none\n", "").proxy.empty());
    CHECK(parse_ssh_settings("bindaddress 192.0.2.1\n", "").bind_address == "192.0.2.1");
    CHECK(parse_ssh_settings("addressfamily inet\n", "").family == AF_INET);
    CHECK(parse_ssh_settings("addressfamily inet6\n", "").family == AF_INET6);
    CHECK(parse_ssh_settings("addressfamily any\n", "").family == AF_UNSPEC);
    CHECK_FALSE(parse_ssh_settings("", "").is_told());
}

TEST_CASE("the agent is a path, nobody, or what a variable names") {
    CHECK(parse_ssh_settings("identityagent ~/.agent/sock\n", "/home/ada").agent == "/home/ada/.agent/sock");
    CHECK(parse_ssh_settings("identityagent none\n", "/home/ada").agent == "none");
    CHECK(parse_ssh_settings("identityagent SSH_AUTH_SOCK\n", "/home/ada").agent.empty());
    CHECK(parse_ssh_settings("", "/home/ada").agent.empty());
    ::setenv("SCOOP_TEST_AGENT", "/run/agent", 1);
    CHECK(parse_ssh_settings("identityagent $SCOOP_TEST_AGENT\n", "").agent == "/run/agent");
    ::unsetenv("SCOOP_TEST_AGENT");
    CHECK(parse_ssh_settings("identityagent $SCOOP_TEST_AGENT\n", "").agent == "none");
}

TEST_CASE("a Kerberos ticket is shown where ssh would show it") {
    const auto is_wanted = [](const std::string& config) {
        const auto none = [](const std::string&) { return std::vector<SshConfigFile>{}; };
        return kerberos_settings_of(lines_for_host({"c", config}, "a", none)).is_wanted;
    };
    CHECK_FALSE(is_wanted(""));
    CHECK(is_wanted("GSSAPIAuthentication yes"));
    CHECK(is_wanted("Host b\nGSSAPIAuthentication no\nHost *\nGSSAPIAuthentication yes"));
    CHECK_FALSE(is_wanted("GSSAPIAuthentication no\nGSSAPIAuthentication yes"));
    CHECK_FALSE(is_wanted("Match host a\nGSSAPIAuthentication yes"));
    CHECK(is_wanted("GSSAPIAuthentication yes\nPreferredAuthentications publickey,gssapi-with-mic"));
    CHECK_FALSE(is_wanted("GSSAPIAuthentication yes\nPreferredAuthentications publickey"));
    const auto told = parse_ssh_settings(
        "gssapiauthentication yes\ngssapidelegatecredentials yes\n"
        "gssapiserveridentity n1.lab\ngssapiclientidentity ada@LAB\n",
        "");
    CHECK(told.kerberos.is_wanted);
    CHECK(told.kerberos.delegates);
    CHECK(told.kerberos.server == "n1.lab");
    CHECK(told.kerberos.client == "ada@LAB");
}

}  // namespace
