// The language of -H/--hosts, and the rule for hosts that are named more than once.
#include "hostfile/hostlist.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

using namespace scoop::hostfile;

/// "user@name:slots" for each host, as a list would say it; "[address]" only where a colon needs it.
std::string described(const std::vector<Host>& hosts) {
    std::string text;
    for (const Host& host : hosts) {
        if (!text.empty()) text += ' ';
        if (!host.user.empty()) text += host.user + "@";
        text += host.name.find(':') == std::string::npos ? host.name : "[" + host.name + "]";
        if (host.slots) text += ":" + std::to_string(*host.slots);
    }
    return text;
}

TEST_CASE("a list gives its hosts in order") {
    struct Row {
        std::vector<std::string> lists;
        const char* hosts;
    };
    for (const Row& row : std::vector<Row>{
             {{}, ""},
             {{"a"}, "a"},
             {{"a,b:2,node[01-03]:8,user@c"}, "a b:2 node01:8 node02:8 node03:8 user@c"},
             {{"a", "b:2"}, "a b:2"},
             {{"a b\tc\nd"}, "a b c d"},
             {{" a , b:3 "}, "a b:3"},
             {{"10.0.0.1:4,10.0.0.2"}, "10.0.0.1:4 10.0.0.2"},
             {{"[fd77::1]:2,[::1],u@[fe80::1%eth0]:3"}, "[fd77::1]:2 [::1] u@[fe80::1%eth0]:3"},
             {{"ada@n[1,3]:2"}, "ada@n1:2 ada@n3:2"},
             {{"ada@corp.example@n1"}, "ada@corp.example@n1"},
             {{"n[1-2]-ib:4"}, "n1-ib:4 n2-ib:4"},
             {{"a:65535"}, "a:65535"},
         }) {
        CAPTURE(row.hosts);
        const auto hosts = parse_host_lists(row.lists);
        REQUIRE(hosts);
        CHECK(described(*hosts) == row.hosts);
    }
}

TEST_CASE("lists are read as Slurm 22.05 reads them, and names behind a bracket, too, which it refuses") {
    struct Row {
        const char* list;
        const char* hosts;
    };
    for (const Row& row : std::vector<Row>{
             {"a[1-2]b[01-03],c7", "a1b01 a1b02 a1b03 a2b01 a2b02 a2b03 c7"},
             {"n[08-11]", "n08 n09 n10 n11"},
             {"rack[0-1]n[0-2],login", "rack0n0 rack0n1 rack0n2 rack1n0 rack1n1 rack1n2 login"},
             {"n[1,3-5,9]", "n1 n3 n4 n5 n9"},
             {"n1,n1", "n1:2"},
             {"n[001-003].cluster.local", "n001.cluster.local n002.cluster.local n003.cluster.local"},
             {"n[1-2]-ib0", "n1-ib0 n2-ib0"},
         }) {
        CAPTURE(row.list);
        const auto hosts = parse_host_lists({row.list});
        REQUIRE(hosts);
        CHECK(described(*hosts) == row.hosts);
    }
}

TEST_CASE("every further mention of a host adds its slots, one without a count") {
    struct Row {
        std::vector<std::string> lists;
        const char* hosts;
    };
    for (const Row& row : std::vector<Row>{
             {{"a,a"}, "a:2"},
             {{"a,b,a,a"}, "a:3 b"},
             {{"a:2,a"}, "a:3"},
             {{"a,a:2"}, "a:3"},
             {{"a:2,a:3"}, "a:5"},
             {{"a,b", "b,a"}, "a:2 b:2"},
             {{"n[1-3],n2"}, "n1 n2:2 n3"},
             {{"Node,node"}, "Node:2"},     // DNS knows no case
             {{"u@a,v@a,a"}, "u@a v@a a"},  // other accounts are other hosts
             {{"[fd77::1],[FD77::1]"}, "[fd77::1]:2"},
         }) {
        CAPTURE(row.hosts);
        const auto hosts = parse_host_lists(row.lists);
        REQUIRE(hosts);
        CHECK(described(*hosts) == row.hosts);
    }
}

TEST_CASE("limits of mentions add up, and none is lower than its slots") {
    Host limited{"a", "", std::nullopt, 2, 3, {}, "f:1"};
    Host open{"a", "", std::nullopt, 4, std::nullopt, {}, "f:2"};
    Host bare{"a", "", std::nullopt, std::nullopt, std::nullopt, {}, "f:3"};
    CHECK(merge_mentions({limited, limited})[0].slots_max == 6);
    CHECK(merge_mentions({limited, open})[0].slots_max == 7);
    CHECK(merge_mentions({open, limited})[0].slots_max == 7);
    CHECK(merge_mentions({bare, limited})[0].slots_max == 4);
    CHECK_FALSE(merge_mentions({open, open})[0].slots_max);
    CHECK(merge_mentions({open, limited})[0].origin == "f:2");
}

TEST_CASE("a list that cannot be understood is refused with its column") {
    struct Row {
        const char* list;
        const char* sentence;
    };
    for (const Row& row : std::vector<Row>{
             {"", "--hosts, column 1: expected the name of a host\n    \n    ^"},
             {"a,", "--hosts, column 3: expected the name of a host\n    a,\n      ^"},
             {"a,,b", "--hosts, column 3: expected the name of a host\n    a,,b\n      ^"},
             {",a", "--hosts, column 1: expected the name of a host\n    ,a\n    ^"},
             {"a,b:x", "--hosts, column 5: \"x\" slots, expected a whole number from 1 to 65535\n    a,b:x\n        ^"},
             {"a:", "--hosts, column 3: no slots, expected a whole number from 1 to 65535\n    a:\n      ^"},
             {"a:0", "--hosts, column 3: \"0\" slots, expected a whole number from 1 to 65535\n    a:0\n      ^"},
             {"a:-1", "--hosts, column 3: \"-1\" slots, expected a whole number from 1 to 65535\n    a:-1\n      ^"},
             {"a:65536",
              "--hosts, column 3: \"65536\" slots, expected a whole number from 1 to 65535\n    a:65536\n      ^"},
             {"@a", "--hosts, column 1: expected the name of a user\n    @a\n    ^"},
             {"u@", "--hosts, column 3: expected the name of a host\n    u@\n      ^"},
             {"-oProxyCommand=x@a",
              "--hosts, column 1: \"-\" cannot stand here in the name of a user\n    -oProxyCommand=x@a\n    ^"},
             {"-a", "--hosts, column 1: a host name begins with a letter or a digit, not with \"-\"\n    -a\n    ^"},
             {"a;b", "--hosts, column 2: \";\" cannot be part of a host name\n    a;b\n     ^"},
             {"a,n[1-2:3",
              "--hosts, column 4: this bracket is never closed, expected ranges as in node[01-16,20]\n"
              "    a,n[1-2:3\n       ^"},
             {"fd77::1",
              "--hosts, column 5: expected one colon, before the slots, as in node01:8; an IPv6 address stands in "
              "brackets, as in [fd77::1]:4\n    fd77::1\n        ^"},
             {"[fd77:::1]", "--hosts, column 2: \"fd77:::1\" is not an IPv6 address\n    [fd77:::1]\n     ^"},
             {"[fe80::1%]", "--hosts, column 2: \"fe80::1%\" is not an IPv6 address\n    [fe80::1%]\n     ^"},
             {"[fd77::1]x",
              "--hosts, column 10: expected the end, or slots as in [fd77::1]:4, after an IPv6 address\n"
              "    [fd77::1]x\n             ^"},
         }) {
        CAPTURE(row.list);
        const auto hosts = parse_host_lists({row.list});
        REQUIRE_FALSE(hosts);
        CHECK(hosts.error().sentence() == row.sentence);
    }
}

TEST_CASE("the hosts of all lists together have a limit") {
    CHECK(parse_host_lists({"a[1-65535]", "b"})->size() == 65536);
    CHECK_FALSE(parse_host_lists({"a[1-65536]", "b"}));
    CHECK_FALSE(parse_host_lists({"a[1-65536]", "[::1]"}));
    CHECK_FALSE(parse_host_lists({"a[1-65536],a1"}));
}

}  // namespace
