// The hostfile's lines, good and bad.
#include "hostfile/hostfile.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace scoop::hostfile;

/// "user@name:port slots=N max=M #tag" for each host, separated by "; ".
std::string described(const std::vector<Host>& hosts) {
    std::string text;
    for (const Host& host : hosts) {
        if (!text.empty()) text += "; ";
        if (!host.user.empty()) text += host.user + "@";
        text += host.name;
        if (host.port) text += ":" + std::to_string(*host.port);
        if (host.slots) text += " slots=" + std::to_string(*host.slots);
        if (host.slots_max) text += " max=" + std::to_string(*host.slots_max);
        for (const std::string& tag : host.tags) text += " #" + tag;
        if (!host.settings.program.empty()) text += " exe=" + host.settings.program;
        if (!host.settings.working_directory.empty()) text += " wdir=" + host.settings.working_directory;
        for (const std::string& variable : host.settings.environment) text += " env." + variable;
        if (!host.settings.setup.empty()) text += " setup=" + host.settings.setup;
        if (host.settings.nice) text += " nice=" + std::to_string(*host.settings.nice);
    }
    return text;
}

TEST_CASE("a hostfile gives its hosts in order") {
    struct Row {
        std::string_view text;
        const char* hosts;
    };
    for (const Row& row : std::vector<Row>{
             {"a", "a"},
             {"a\nb\n", "a; b"},
             {"a 4\nb slots=2\nc:8\n", "a slots=4; b slots=2; c slots=8"},
             {"a cpu=4\nb cpus=4\nc count=4\nd slot=4", "a slots=4; b slots=4; c slots=4; d slots=4"},
             {"host1 worker=8\nhost2 workers=3", "host1 slots=8; host2 slots=3"},  // SCOOP
             {"a SLOTS=4 Max-Slots=8", "a slots=4 max=8"},
             {"a slots=4 max_slots=8\nb max-slots=2\nc slots_max=3", "a slots=4 max=8; b max=2; c max=3"},
             {"ada@a\nb user=ada\nc user-name=ada", "ada@a; ada@b; ada@c"},
             {"a port=2222 slots=1 user=ada", "ada@a:2222 slots=1"},
             {"a slots = 4 port= 22", "a:22 slots=4"},
             {"# a comment 3\n\n  \t\n a 3 # 4\nb# c\n#", "a slots=3; b"},
             {"a 4\r\n\r\nb\r\n", "a slots=4; b"},
             {"\xef\xbb\xbf"
              "a 4\n",
              "a slots=4"},
             {"  h12 3", "h12 slots=3"},
             {"u@h slots=5", "u@h slots=5"},
             {"node[01-03,7]-ib slots=2", "node01-ib slots=2; node02-ib slots=2; node03-ib slots=2; node7-ib slots=2"},
             {"a tags=gpu,bigmem,gpu 2", "a slots=2 #bigmem #gpu"},
             {"node[1-2]:4", "node1 slots=4; node2 slots=4"},
             {"node[01-02] slots=4 user=alice port=2222 exe=./myapp.{arch} wdir=/scratch tags=gpu,bigmem "
              "env.OMP_NUM_THREADS=2 setup=\"module load gcc\" nice=5",
              "alice@node01:2222 slots=4 #bigmem #gpu exe=./myapp.{arch} wdir=/scratch env.OMP_NUM_THREADS=2 "
              "setup=module load gcc nice=5; alice@node02:2222 slots=4 #bigmem #gpu exe=./myapp.{arch} wdir=/scratch "
              "env.OMP_NUM_THREADS=2 setup=module load gcc nice=5"},
             {R"(a wdir="/a b/\"c\" \\ #d" exe='/x "y" \z' // no "end of)", R"(a exe=/x "y" \z wdir=/a b/"c" \ #d)"},
             {"a env.A=b=c env.a=x env.EMPTY='' ENV.Q='it is'", "a env.A=b=c env.a=x env.EMPTY= env.Q=it is"},
             {"a 2 // Open MPI\n// all of it\nb # it's", "a slots=2; b"},
             {"a slots=4 count_max=8\nb count=2 max=3", "a slots=4 max=8; b slots=2 max=3"},
             {"[fd77::1] slots=2\n[::1]:3", "fd77::1 slots=2; ::1 slots=3"},
         }) {
        CAPTURE(row.text);
        const auto hosts = parse_hostfile(row.text, "hosts");
        REQUIRE(hosts);
        CHECK(described(*hosts) == row.hosts);
    }
}

TEST_CASE("a host named again adds its slots") {
    CHECK(described(*parse_hostfile("a\na\nb\na\n", "pbs")) == "a slots=3; b");
    CHECK(described(*parse_hostfile("a 2\nb 1\na slots=3", "hosts")) == "a slots=5; b slots=1");
    CHECK(described(*parse_hostfile("a 2\na 2 port=23", "hosts")) == "a slots=2; a:23 slots=2");
    CHECK(described(*parse_hostfile("a 1 tags=gpu\na 1 tags=bigmem,gpu", "hosts")) == "a slots=2 #bigmem #gpu");
}

TEST_CASE("attributes of several lines about a host come together, and the first of a kind counts") {
    CHECK(described(*parse_hostfile("a 1 wdir=/x env.A=1\na 1 wdir=/y exe=/p env.A=2 env.B=3 nice=0\na 1 nice=4",
                                    "hosts")) == "a slots=3 exe=/p wdir=/x env.A=1 env.B=3 nice=0");
}

TEST_CASE("a node list of charmrun is a hostfile") {
    CHECK(described(*parse_hostfile("group main ++login ada ++cpus 2\n"
                                    "host node01\n"
                                    "host node[02-03] ++cpus 4 ++setup 'module load gcc'\n"
                                    "group other\n"
                                    "host node04 ++cpus 1\n"
                                    "node05\n",
                                    "nodelist")) ==
          "ada@node01 slots=2; ada@node02 slots=4 setup=module load gcc; ada@node03 slots=4 setup=module load gcc; "
          "node04 slots=1; node05");
}

TEST_CASE("a host may be called host or group") {
    CHECK(described(*parse_hostfile("host\ngroup 4\n", "hosts")) == "host; group slots=4");
    CHECK(described(*parse_hostfile("host slots=2\ngroup tags = x\nhost ++cpus 3", "hosts")) ==
          "host slots=5; group #x");
    CHECK(described(*parse_hostfile("host host 2", "hosts")) == "host slots=2");
}

TEST_CASE("a host remembers the line that named it first") {
    const auto hosts = parse_hostfile("\n# one\na\nb\na", "dir/hosts");
    REQUIRE(hosts);
    CHECK((*hosts)[0].origin == "dir/hosts:3");
    CHECK((*hosts)[1].origin == "dir/hosts:4");
}

TEST_CASE("a line that cannot be understood is refused with file, line, column and caret") {
    struct Row {
        std::string_view text;
        const char* sentence;
    };
    for (
        const Row& row : std::vector<Row>{
            {"a\nb slotz=3 # x\n",
             "hosts:2:3: \"slotz\" is no attribute of a host, expected slots=N, max_slots=N, user=NAME, port=N, "
             "tags=A,B, exe=PATH, wdir=DIR, env.NAME=VALUE, setup=\"TEXT\" or nice=N; did "
             "you mean \"slots\"?\n    b slotz=3 # x\n      ^"},
            {"a wishes=gpu",
             "hosts:1:3: \"wishes\" is no attribute of a host, expected slots=N, max_slots=N, user=NAME, port=N, "
             "tags=A,B, exe=PATH, wdir=DIR, env.NAME=VALUE, setup=\"TEXT\" or nice=N\n"
             "    a wishes=gpu\n      ^"},
            {"a tags=gpu,,x",
             "hosts:1:12: \"\" as a tag, expected letters, digits, '_', '-' and '.', and commas between tags, as in "
             "tags=gpu,bigmem\n    a tags=gpu,,x\n               ^"},
            {"a tags=g tag=h", "hosts:1:10: tags given twice for this host\n    a tags=g tag=h\n             ^"},
            {"a =3",
             "hosts:1:3: no name before \"=\", expected slots=N, max_slots=N, user=NAME, port=N, tags=A,B, exe=PATH, "
             "wdir=DIR, env.NAME=VALUE, setup=\"TEXT\" or nice=N\n    a =3\n      ^"},
            {"a b",
             "hosts:1:3: \"b\" after a host, expected a number of slots, slots=N, max_slots=N, user=NAME, port=N, "
             "tags=A,B, exe=PATH, wdir=DIR, env.NAME=VALUE, setup=\"TEXT\" or nice=N\n"
             "    a b\n      ^"},
            {"host4 X 2",
             "hosts:1:7: \"X\" after a host, expected a number of slots, slots=N, max_slots=N, user=NAME, port=N, "
             "tags=A,B, exe=PATH, wdir=DIR, env.NAME=VALUE, setup=\"TEXT\" or nice=N\n"
             "    host4 X 2\n          ^"},
            {"host3  2 3", "hosts:1:10: slots given twice for this host\n    host3  2 3\n             ^"},
            {"a:2 slots=3", "hosts:1:5: slots given twice for this host\n    a:2 slots=3\n        ^"},
            {"u@a user=v", "hosts:1:5: user given twice for this host\n    u@a user=v\n        ^"},
            {"a slots=", "hosts:1:9: no slots, expected a whole number from 1 to 65535\n    a slots=\n            ^"},
            {"a slots=4x",
             "hosts:1:9: \"4x\" slots, expected a whole number from 1 to 65535\n    a slots=4x\n            ^"},
            {"a 0\r\n", "hosts:1:3: \"0\" slots, expected a whole number from 1 to 65535\n    a 0\n      ^"},
            {"a port=0",
             "hosts:1:8: \"0\" as port, expected a whole number from 1 to 65535\n    a port=0\n           ^"},
            {"a port=65536",
             "hosts:1:8: \"65536\" as port, expected a whole number from 1 to 65535\n    a port=65536\n           ^"},
            {"a wdir=\"/x", "hosts:1:8: this quote is never closed\n    a wdir=\"/x\n           ^"},
            {"a wdir='/x'y",
             "hosts:1:12: expected a blank behind the closing quote\n    a wdir='/x'y\n               ^"},
            {"a wdir=''", "hosts:1:8: expected a directory, as in wdir=/scratch\n    a wdir=''\n           ^"},
            {"a exe=", "hosts:1:7: expected the path of a program, as in exe=./myapp.{arch}\n    a exe=\n          ^"},
            {"a setup='\x01'",
             "hosts:1:9: a value cannot have control characters in it\n    a setup='?'\n            ^"},
            {"a nice=20",
             "hosts:1:8: \"20\" as nice, expected a whole number from 0 to 19\n    a nice=20\n           ^"},
            {"a env.=1",
             "hosts:1:3: expected the name of a variable, as in env.OMP_NUM_THREADS=2\n    a env.=1\n      ^"},
            {"a env.A=1 env.A=2",
             "hosts:1:11: env.A given twice for this host\n    a env.A=1 env.A=2\n              ^"},
            {"a env.SCOOP_ROLE=x",
             "hosts:1:3: SCOOP_ROLE is for scoop-run itself to set, expected another variable\n    a "
             "env.SCOOP_ROLE=x\n      ^"},
            {"host a ++ext .arm",
             "hosts:1:8: \"ext\" is not known here: give the host's program, as in exe=./myapp.{arch}\n    host a "
             "++ext "
             ".arm\n           ^"},
            {"a:4 binding=core",
             "hosts:1:5: \"binding\" is not known here: --bind-to binds the workers to CPUs; leave it out\n    a:4 "
             "binding=core\n        ^"},
            {"a ifhn=a-ib",
             "hosts:1:3: \"ifhn\" is not known here: name the host by that interface, and give --interface for this "
             "machine's\n    a ifhn=a-ib\n      ^"},
            {"a user=-x", "hosts:1:8: \"-\" cannot stand here in the name of a user\n    a user=-x\n           ^"},
            {"a user=", "hosts:1:8: expected the name of a user\n    a user=\n           ^"},
            {"a slots=4 max_slots=2", "hosts:1:1: more slots (4) than max_slots (2)\n    a slots=4 max_slots=2\n    ^"},
            {"a,b",
             "hosts:1:2: expected one host on a line; ranges stand in brackets, as in node[01-16,20]\n    a,b\n     ^"},
            {"a\n host/4", "hosts:2:6: \"/\" cannot be part of a host name\n     host/4\n         ^"},
            {"host=5", "hosts:1:5: \"=\" cannot be part of a host name\n    host=5\n        ^"},
            {"= 5", "hosts:1:1: \"=\" cannot be part of a host name\n    = 5\n    ^"},
            {"n[1-2 slots=4",
             "hosts:1:2: this bracket is never closed, expected ranges as in node[01-16,20]\n    n[1-2 slots=4\n     "
             "^"},
            {"n[3-1] 2",
             "hosts:1:3: this range runs backwards, expected the smaller number first\n    n[3-1] 2\n      ^"},
            {{"a\0b", 3}, "hosts:1:2: \"\\x00\" cannot be part of a host name\n    a?b\n     ^"},
        }) {
        CAPTURE(row.text);
        const auto hosts = parse_hostfile(row.text, "hosts");
        REQUIRE_FALSE(hosts);
        CHECK(hosts.error().sentence() == row.sentence);
    }
}

TEST_CASE("a hostfile without a host is a mistake") {
    for (const char* text : {"", "\n", "# nothing\n   \n"}) {
        const auto hosts = parse_hostfile(text, "hosts");
        REQUIRE_FALSE(hosts);
        CHECK(hosts.error().sentence() == "hosts: names no host, expected lines such as \"node01 slots=8\"");
    }
}

TEST_CASE("the hosts of a file have a limit") {
    CHECK(parse_hostfile("a[1-65535]\nb", "hosts")->size() == 65536);
    CHECK_FALSE(parse_hostfile("a[1-65536]\nb", "hosts"));
}

}  // namespace
