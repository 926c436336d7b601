// Plan: which host is this machine, who is needed, who runs which ranks.
#include "launcher/plan.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "hostfile/hostlist.hpp"

namespace {

using namespace scoop;
using namespace scoop::launcher;

const LocalFacts facts{{"Login", "login.example.org"}, {"10.77.0.1", "fd77::1", "fe80::1%eth0"}, "ada", 4};

std::vector<hostfile::Host> hosts_of(const std::string& list) { return hostfile::parse_host_lists({list}).value(); }

/// "name:slots" for every host, "=" in front of the local one.
std::string described(const Plan& plan) {
    std::string text;
    for (const PlannedHost& host : plan.hosts) {
        text += (text.empty() ? "" : " ") + std::string(host.is_local ? "=" : "") + host.name;
        if (host.slots) text += ":" + std::to_string(*host.slots);
    }
    return text;
}

/// The number of ranks of every host.
std::vector<std::size_t> rank_counts(const Plan& plan) {
    std::vector<std::size_t> counts;
    for (const PlannedHost& host : plan.hosts) counts.push_back(host.ranks.size());
    return counts;
}

Plan plan_for(const std::string& list, const Options& options = {}, const Resolution& resolution = {}) {
    return make_plan(options, hosts_of(list), facts, resolution);
}

TEST_CASE("without hosts the job runs here, with as many workers as CPUs") {
    Plan plan = make_plan({}, {}, facts, {});
    CHECK(described(plan) == "=Login:4");
    REQUIRE(place_workers(plan));
    CHECK(plan.hosts[0].ranks == std::vector<base::Rank>{0, 1, 2, 3});
}

TEST_CASE("without hosts more than 64 workers for each CPU must be meant, and more than the user's threads never fit") {
    Options options;
    LocalFacts limited = facts;  // of 4 CPUs
    const auto check = [&](std::uint32_t workers) {
        options.workers = workers;
        return check_workers_here(make_plan(options, {}, limited, {}), options, limited);
    };
    CHECK(check(256));
    REQUIRE_FALSE(check(257));
    CHECK(check(257).error().sentence() ==
          "place 257 workers on this machine: they are more than 64 for each of its 4 CPUs; give fewer with -n, or "
          "--oversubscribe if you mean it");
    options.oversubscribe = true;
    CHECK(check(257));
    limited.threads_max = 513;
    CHECK(check(256));
    REQUIRE_FALSE(check(257));
    CHECK(check(257).error().reason == "a worker has 2 threads, and you may have 513 (ulimit -u)");

    limited.threads_max = facts.threads_max;
    options.oversubscribe = false;
    CHECK(check_workers_here(plan_for("localhost:1000", options), options, limited));
    CHECK(check_workers_here(plan_for("a,b", options), options, limited));
}

TEST_CASE("without hosts many more workers than CPUs are right") {
    Options options;
    options.workers = 64;
    Plan plan = make_plan(options, {}, facts, {});
    REQUIRE(place_workers(plan));
    CHECK(rank_counts(plan) == std::vector<std::size_t>{64});
}

TEST_CASE("a machine without a name is called localhost") {
    CHECK(described(make_plan({}, {}, LocalFacts{{}, {}, "ada", 2}, {})) == "=localhost:2");
}

TEST_CASE("a host is this machine by its name or by an address") {
    const Resolution resolution{
        {"alias", {"192.0.2.1", "10.77.0.1"}}, {"debian", {"127.0.1.1"}},           {"six", {"FD77:0::1"}},
        {"mapped", {"::ffff:10.77.0.1"}},      {"node2", {"10.77.0.2", "fd77::2"}}, {"odd", {"not an address"}}};
    for (const char* name : {"localhost", "LocalHost", "localhost.", "127.0.0.1", "127.8.9.10", "[::1]", "login",
                             "LOGIN", "login.example.org", "Login.Example.Org.", "10.77.0.1", "[fd77::1]",
                             "[fd77:0:0::1]", "[fe80::1%eth0]", "alias", "debian", "six", "mapped", "ada@login"}) {
        CAPTURE(name);
        CHECK(plan_for(name, {}, resolution).hosts[0].is_local);
    }
    for (const char* name : {"node2", "odd", "unknown", "10.77.0.2", "[fd77::2]", "login2", "bob@login",
                             "bob@localhost", "bob@127.0.0.1", "login.example.com"}) {
        CAPTURE(name);
        CHECK_FALSE(plan_for(name, {}, resolution).hosts[0].is_local);
    }
}

TEST_CASE("a port asks for SSH even to this machine") {
    auto hosts = hosts_of("localhost");
    hosts[0].port = 2222;
    const Plan plan = make_plan({}, hosts, facts, {});
    CHECK_FALSE(plan.hosts[0].is_local);
    CHECK(plan.hosts[0].port == 2222);
}

TEST_CASE("only names that could be this machine have to be resolved") {
    auto hosts = hosts_of("localhost,login,10.0.0.9,[fd00::9],node2,bob@node3,ada@node4,node5");
    hosts.back().port = 22;
    CHECK(names_to_resolve(hosts, facts) == std::vector<std::string>{"node2", "node4"});
}

TEST_CASE("the names of this machine are one host where it was named first") {
    CHECK(described(plan_for("node1:1,localhost:2,node2:1,login:3")) == "node1:1 =localhost:5 node2:1");
    CHECK(described(plan_for("localhost,127.0.0.1")) == "=localhost:2");
    CHECK(described(plan_for("localhost")) == "=localhost:4");
}

TEST_CASE("the options of SSH fill in what the host list leaves open") {
    Options options;
    options.ssh_user = "eve";
    options.ssh_port = 2022;
    auto hosts = hosts_of("localhost,node1,bob@node2");
    hosts[2].port = 22;
    const Plan plan = make_plan(options, hosts, facts, {});
    CHECK(plan.hosts[0].is_local);
    CHECK(plan.hosts[0].user.empty());
    CHECK_FALSE(plan.hosts[0].port);
    CHECK(plan.hosts[1].user == "eve");
    CHECK(plan.hosts[1].port == 2022);
    CHECK(plan.hosts[2].user == "bob");
    CHECK(plan.hosts[2].port == 22);
}

TEST_CASE("hosts that cannot be needed are left out before anybody reaches them") {
    struct Row {
        const char* list;
        std::uint32_t workers;
        const char* hosts;
    };
    for (const Row& row : std::vector<Row>{
             {"a:2,b:2,c:2", 6, "a:2 b:2 c:2"},
             {"a:2,b:2,c:2", 5, "a:2 b:2 c:2"},
             {"a:2,b:2,c:2", 4, "a:2 b:2"},
             {"a:2,b:2,c:2", 1, "a:2"},
             {"a:2,b:2,c:2", 9, "a:2 b:2 c:2"},
             {"a,b,c", 2, "a b"},  // each has at least one CPU
             {"localhost,b,c", 4, "=localhost:4"},
         }) {
        Options options;
        options.workers = row.workers;
        CHECK(described(plan_for(row.list, options)) == row.hosts);
    }
    Options options;
    options.workers = 2;
    const Plan plan = plan_for("a:2,b,c", options);
    CHECK(plan.idle_hosts == std::vector<std::string>{"b", "c"});
    CHECK(describe_idle_hosts(plan) == "no worker for b, c: the hosts before have slots enough");
    CHECK(describe_idle_hosts(plan_for("a:2,b")).empty());
}

TEST_CASE("who is needed depends on how the workers are dealt") {
    Options options;
    options.workers = 4;
    options.per_host = 2;
    CHECK(described(plan_for("a:8,b:8,c:8", options)) == "a:8 b:8");
    options.per_host.reset();
    options.mapping = hostfile::Mapping::by_host;
    CHECK(described(plan_for("a:8,b:8,c:8", options)) == "a:8 b:8 c:8");
    options.workers = 2;
    CHECK(described(plan_for("a:8,b:8,c:8", options)) == "a:8 b:8");
}

TEST_CASE("a refusal says where the slots of each host come from") {
    Options options;
    options.workers = 9;
    Plan plan = plan_for("localhost,b:2", options);
    const auto placed = place_workers(plan);
    REQUIRE_FALSE(placed);
    CHECK(
        placed.error().reason.ends_with("\n    host       slots  why\n    localhost      4  its usable CPUs\n"
                                        "    b              2  --hosts, column 11"));
}

TEST_CASE("too many workers are refused before anybody is reached when every slot is known") {
    Options options;
    options.workers = 6;
    const Plan plan = plan_for("a:2,b:3", options);
    const auto checked = check_slots(plan);
    REQUIRE_FALSE(checked);
    CHECK(checked.error().sentence().starts_with("place 6 workers: the 2 hosts have 5 slots; give -n 5 or less"));
    CHECK(plan.hosts.front().ranks.empty());
    CHECK(check_slots(plan_for("a:2,b", options)));
    CHECK(check_slots(plan_for("a:2,b:4", options)));
}

TEST_CASE("max_slots counts when hosts are left out") {
    Options options;
    options.workers = 3;
    auto hosts = hosts_of("localhost,b:1,c:1,d:1");
    hosts[0].slots_max = 1;
    CHECK(described(make_plan(options, hosts, facts, {})) == "=localhost:4 b:1 c:1");
}

TEST_CASE("ranks are placed once the CPUs of all hosts are known") {
    Options options;
    options.workers = 3;
    Plan plan = plan_for("a,b,c:1", options);
    CHECK_FALSE(plan.hosts[0].slots);
    plan.hosts[0].slots = 2;
    plan.hosts[1].slots = 8;
    REQUIRE(place_workers(plan));
    CHECK(plan.hosts[0].ranks == std::vector<base::Rank>{0, 1});
    CHECK(plan.hosts[1].ranks == std::vector<base::Rank>{2});
}

TEST_CASE("a host that turns out not to be needed keeps its place without ranks") {
    Options options;
    options.workers = 3;
    Plan plan = plan_for("a,b,c,d", options);
    for (PlannedHost& host : plan.hosts) host.slots = 4;
    REQUIRE(place_workers(plan));
    CHECK(rank_counts(plan) == std::vector<std::size_t>{3, 0, 0});
    CHECK(plan.idle_hosts == std::vector<std::string>{"b", "c", "d"});
}

TEST_CASE("more workers than slots need --oversubscribe, counts given or not") {
    for (const char* list : {"localhost:4", "localhost"}) {
        Options options;
        options.workers = 5;
        Plan refused = plan_for(list, options);
        const auto placed = place_workers(refused);
        REQUIRE_FALSE(placed);
        CHECK(placed.error().sentence().find("--oversubscribe") != std::string::npos);
        options.oversubscribe = true;
        Plan allowed = plan_for(list, options);
        CHECK(place_workers(allowed));
    }
}

TEST_CASE("a root that does not work needs somebody who does") {
    Options options;
    options.root_works = false;
    options.workers = 1;
    Plan alone = make_plan(options, {}, facts, {});
    const auto placed = place_workers(alone);
    REQUIRE_FALSE(placed);
    CHECK(placed.error().sentence() ==
          "place 1 worker: with --root-works no nobody is left to run tasks, give -n 2 or more");
    options.workers = 2;
    Plan two = make_plan(options, {}, facts, {});
    CHECK(place_workers(two));
    CHECK_FALSE(two.root_works);
}

TEST_CASE("the note about idle hosts stays short") {
    Options options;
    options.workers = 1;
    CHECK(describe_idle_hosts(plan_for("n[0-1000]:1", options)) ==
          "no worker for n1, n2, n3, n4, n5, n6, n7, n8 and 992 more hosts: the hosts before have slots enough");
}

}  // namespace
