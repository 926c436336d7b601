// The command between us and an SSH server: what its signs stand for. Starting one is left to the tests on hosts.
#include "launcher/ssh_proxy.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace scoop::launcher;

TEST_CASE("the signs in a ProxyCommand stand for the host, its port, the user and our home") {
    const ProxyTokens tokens{"10.0.0.5", "far", 2222, "ada", "/home/ada"};
    CHECK(expand_proxy_command("nc -x proxy %h %p", tokens) == "nc -x proxy 10.0.0.5 2222");
    CHECK(expand_proxy_command("ssh -W '[%h]:%p' -l %r %n", tokens) == "ssh -W '[10.0.0.5]:2222' -l ada far");
    CHECK(expand_proxy_command("%d/way 100%% %x %", tokens) == "/home/ada/way 100% %x %");
    CHECK(expand_proxy_command("", tokens).empty());
    // What a sign stands for is not looked at again.
    CHECK(expand_proxy_command("%h", {"%p", "", 1, "", ""}) == "%p");
}

TEST_CASE("several gateways are passed in the order of the configuration") {
    for (const auto& [made, meant] : std::vector<std::pair<std::string, std::string>>{
             {"ssh -J b -W '[%h]:%p' a", "ssh -J a -W '[%h]:%p' ssh://b"},
             {"ssh -J b,v@c:24 -W '[%h]:%p' a", "ssh -J a,b -W '[%h]:%p' ssh://v@c:24"},
             {"ssh -l u -p 23 -J b -W '[%h]:%p' a", "ssh -J u@a:23 -W '[%h]:%p' ssh://b"},
             {"ssh -p 23 -J b -W '[%h]:%p' fd77::1", "ssh -J [fd77::1]:23 -W '[%h]:%p' ssh://b"},
         })
        CHECK(with_hops_in_order(made) == meant);
    for (const std::string same : {"", "nc %h %p", "ssh -W '[%h]:%p' a", "ssh -l u -W '[%h]:%p' a",
                                   "ssh -W %h:%p -J b a", "ssh -J b -W '[%h]:%p' a x"})
        CHECK(with_hops_in_order(same) == same);
}

TEST_CASE("the ssh of a ProxyJump reads the configuration that is named") {
    CHECK(with_config_file("ssh -W [a]:22 gate", "") == "ssh -W [a]:22 gate");
    CHECK(with_config_file("ssh -W [a]:22 gate", "a file") == "ssh -F 'a file' -W [a]:22 gate");
    CHECK(with_config_file("nc a 22", "file") == "nc a 22");
}
