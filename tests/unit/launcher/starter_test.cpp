// Which command starts the node of another host.
#include "launcher/starter.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

using namespace scoop::launcher;
using Words = std::vector<std::string>;

SshTarget target(const std::string& host) {
    SshTarget target;
    target.host = host;
    return target;
}

std::string refusal(const std::string& value) {
    const auto launcher = parse_launcher(value);
    return launcher ? "accepted" : launcher.error();
}

}  // namespace

TEST_CASE("the user's own command gets the host, the user and the port, and sh at its end") {
    const auto launcher = parse_launcher("reach -l {user} -p{port} 'a  b' {host}.lan {host} {other}");
    REQUIRE(launcher);
    CHECK(launcher->is_users_own());
    CHECK_FALSE(launcher->is_libssh());
    SshTarget node = target("node1");
    CHECK(starter_command(*launcher, node, "ada") ==
          Words{"reach", "-l", "ada", "-p22", "a  b", "node1.lan", "node1", "{other}", "sh"});
    node.user = "bob";
    node.port = 2222;
    CHECK(starter_command(*launcher, node, "ada") ==
          Words{"reach", "-l", "bob", "-p2222", "a  b", "node1.lan", "node1", "{other}", "sh"});
}

TEST_CASE("what stands for a placeholder is not looked at again") {
    SshTarget node = target("{user}{host}");
    node.user = "{host}";
    CHECK(starter_command(*parse_launcher("x {host} {user}"), node, "ada") ==
          Words{"x", "{user}{host}", "{host}", "sh"});
}

TEST_CASE("openssh says only what the user said, and leaves the rest to ~/.ssh/config") {
    const Launcher openssh = *parse_launcher("openssh");
    const Words fixed{"ssh",
                      "-T",
                      "-x",
                      "-oBatchMode=yes",
                      "-oClearAllForwardings=yes",
                      "-oRemoteCommand=none",
                      "-oConnectTimeout=10"};
    Words expected = fixed;
    expected.insert(expected.end(), {"--", "node1", "sh"});
    CHECK(starter_command(openssh, target("node1"), "ada") == expected);

    SshTarget node = target("-oProxyCommand=evil");
    node.user = "bob";
    node.port = 2222;
    node.config_file = "conf";
    node.identity_file = "key";
    node.accept_new_host_keys = true;
    expected = fixed;
    expected.insert(expected.end(), {"-oStrictHostKeyChecking=accept-new", "-F", "conf", "-i", "key", "-l", "bob", "-p",
                                     "2222", "--", "-oProxyCommand=evil", "sh"});
    CHECK(starter_command(openssh, node, "ada") == expected);
}

TEST_CASE("ssh is libssh") { CHECK(parse_launcher("ssh")->is_libssh()); }

TEST_CASE("an unknown launcher is refused with those there are") {
    CHECK(refusal("telnet") == "expected ssh, openssh, or a command with {host} in it, as in 'docker exec -i {host}'");
    CHECK(refusal("opensh").ends_with("; did you mean \"openssh\"?"));
    CHECK(refusal("docker exec -i").starts_with("expected ssh"));
    CHECK(refusal("").starts_with("expected ssh"));
    CHECK(refusal("{host}").starts_with("the first word must be the command"));
    CHECK(refusal("'' {host}").starts_with("the first word must be the command"));
    CHECK(refusal("\"x {host}") == "the quote \" is not closed");
}
