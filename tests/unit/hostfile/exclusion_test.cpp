// What is left of a list of hosts.
#include "hostfile/exclusion.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "hostfile/hostlist.hpp"

namespace {

using namespace scoop::hostfile;

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : " ") + name;
    return text;
}

std::string left_of(const std::string& hosts, const std::string& excluded, std::string* unmatched = nullptr) {
    const auto remaining = exclude_hosts(*parse_host_lists({hosts}), *parse_exclusions({excluded}));
    REQUIRE(remaining);
    if (unmatched != nullptr) *unmatched = joined(remaining->unmatched);
    std::vector<std::string> names;
    for (const Host& host : remaining->hosts)
        names.push_back(host.user.empty() ? host.name : host.user + "@" + host.name);
    return joined(names);
}

TEST_CASE("excluded hosts are left out, the others keep their order") {
    CHECK(left_of("n[1-5]", "n[2-3]") == "n1 n4 n5");
    CHECK(left_of("n[1-5]:4,n1", "n1") == "n2 n3 n4 n5");
    CHECK(left_of("Node1,node2.,n", "NODE1.,node2") == "n");
}

TEST_CASE("a name is excluded as a whole and only that name") {
    CHECK(left_of("node1,node10,node1.lab", "node1") == "node10 node1.lab");
    CHECK(left_of("a,ada@a,b", "a") == "b");
    CHECK(left_of("a,ada@a,eve@a", "ada@a") == "a eve@a");
    CHECK(left_of("[fd77::1],b", "[FD77::1]") == "b");
}

TEST_CASE("exclusions that name no host are told") {
    std::string unmatched;
    CHECK(left_of("a,b", "b,c,x[1-2]", &unmatched) == "a");
    CHECK(unmatched == "c x1 x2");
    CHECK(exclude_hosts({}, *parse_exclusions({"a"}))->unmatched == std::vector<std::string>{"a"});
}

TEST_CASE("a list of which nothing is left is refused") {
    const auto remaining = exclude_hosts(*parse_host_lists({"a,b"}), *parse_exclusions({"b,a"}));
    REQUIRE_FALSE(remaining);
    CHECK(remaining.error().sentence() == "leave out hosts: --exclude names all of them, nothing is left to run on");
}

TEST_CASE("an exclusion takes no slots, and its errors name the option") {
    CHECK(parse_exclusions({"a,b:2"}).error().sentence() ==
          "--exclude, column 3: a host is left out as a whole, expected no number of slots\n    a,b:2\n      ^");
    CHECK(parse_exclusions({"a["}).error().sentence().starts_with("--exclude, column 2: this bracket is never closed"));
}

}  // namespace
