// Which lines of a configuration may be for a host.
#include "launcher/ssh_config.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

using namespace scoop::launcher;

std::vector<SshConfigFile> no_files(const std::string&) { return {}; }

std::string places(const std::string& text, const std::string& host, const FindSshConfigs& find = no_files) {
    std::string places;
    for (const SshConfigLine& line : lines_for_host({"c", text}, host, find))
        places += line.place + (line.is_certain ? " " : "? ") + line.keyword + "=" + line.rest + "|";
    return places;
}

TEST_CASE("a Host means whom its patterns mean, but for exceptions") {
    CHECK(is_among_hosts("node*", "node12"));
    CHECK(is_among_hosts("a \"n?de*\"", "NODE1"));
    CHECK(is_among_hosts("*", "x"));
    CHECK(is_among_hosts("*-*-c", "a-b-d-c"));
    CHECK_FALSE(is_among_hosts("n?", "n12"));
    CHECK_FALSE(is_among_hosts("* !node*", "node1"));
    CHECK_FALSE(is_among_hosts("!node1", "node2"));
    CHECK_FALSE(is_among_hosts("", "x"));
    CHECK_FALSE(is_among_hosts("n[1-2]", "n1"));
}

TEST_CASE("lines of other hosts are left out, and those below a Match are in doubt") {
    CHECK(places("User=ada\n\n# Host b\nHost b\n  Port 1\nHost a\n\tPort = 2 \r\nMatch all\nPort 3", "a") ==
          "c:1 user=ada|c:4 host=b|c:6 host=a|c:7 port=2|c:8 match=all|c:9? port=3|");
}

TEST_CASE("an included file is read where it is for the host, and its blocks end with it") {
    const FindSshConfigs find = [](const std::string& pattern) {
        return pattern == "x" ? std::vector<SshConfigFile>{{"x", "Port 1\nHost b\nUser eve"}}
                              : std::vector<SshConfigFile>{{"y", "Include y"}};
    };
    CHECK(places("Host b\nInclude x\nHost a\nInclude w\"\" \"x\"\nPort 2", "a", [&](const std::string& pattern) {
              return pattern == "x" ? find(pattern) : std::vector<SshConfigFile>{};
          }) == "c:1 host=b|c:3 host=a|c:4 include=w\"\" \"x\"|x:1 port=1|x:2 host=b|c:5 port=2|");
    CHECK(lines_for_host({"y", "Include y"}, "a", find).size() < 20);  // and comes to an end
}

TEST_CASE("a line that libssh would take for several is known") {
    const std::string line = "Port " + std::string(1017, '1');
    CHECK_FALSE(lines_for_host({"c", line}, "a", no_files).front().is_cut);
    CHECK(lines_for_host({"c", line + "1"}, "a", no_files).front().is_cut);
}

}  // namespace
