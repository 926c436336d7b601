// What --dry-run prints.
#include "launcher/dry_run.hpp"

#include <doctest/doctest.h>

#include <sstream>

using namespace scoop::launcher;

namespace {

HostSetup host(const std::string& name, bool is_local = false) {
    HostSetup setup;
    setup.name = setup.ssh.host = name;
    setup.is_local = is_local;
    setup.start.program = "/opt/app";
    return setup;
}

/// The lines behind the introduction.
std::vector<std::string> described(const JobSetup& setup, const DryRun& dry_run) {
    constexpr std::size_t introduction = 4;
    std::istringstream text(describe_dry_run(setup, dry_run));
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    REQUIRE(lines.size() >= introduction);
    lines.erase(lines.begin(), lines.begin() + introduction);
    return lines;
}

/// The command for the one host of a job.
std::string command_for(const HostSetup& one, std::vector<std::string> arguments = {"app"}) {
    JobSetup setup;
    setup.arguments = std::move(arguments);
    setup.hosts = {one};
    return described(setup, {{{0}}, {}, 1, "/home/ada", {}}).at(1);
}

}  // namespace

TEST_CASE("each host has its ranks and its command") {
    JobSetup setup;
    setup.arguments = {"app", "a b"};
    setup.hosts = {host("here", true), host("node2"), host("node3")};
    CHECK(described(setup, {{{0, 1, 3}, {2}, {}}, {1}, 4, "/home/ada", {}}) ==
          std::vector<std::string>{"# here, this machine: ranks 0-1,3", "(cd /home/ada && exec /opt/app 'a b')",
                                   "# node2: rank 2, if it has 4 usable CPUs, as this machine",
                                   R"(ssh -n node2 'exec sh -c "cd /home/ada 2>/dev/null; exec /opt/app '\''a b'\''"')",
                                   "# node3: no worker"});
}

TEST_CASE("what workers would be bound to is told, CPUs only of this machine") {
    JobSetup setup;
    setup.arguments = {"app"};
    setup.hosts = {host("node2")};
    setup.bind_to = scoop::base::CpuUnit::numa;
    const std::string text = describe_dry_run(setup, {{{0}}, {}, 1, "/", {}});
    CHECK(text.find("# As workers of the job they would be bound to NUMA nodes of their host (--bind-to). Which CPUs\n"
                    "# these are only the host knows; those of this machine are told.\n# node2: rank 0\nssh ") !=
          std::string::npos);
}

TEST_CASE("what a host finds stands in its command") {
    HostSetup one = host("here", true);
    one.working_directory = "/a b";
    one.start.setup = "module load gcc";
    one.environment = {"A=1", "B=2 3"};
    one.nice = 5;
    CHECK(command_for(one) == "(cd '/a b' && eval 'module load gcc' && exec nice -n 5 env A=1 'B=2 3' /opt/app)");
}

TEST_CASE("a host is reached as its line and the options say") {
    HostSetup one = host("node2");
    one.ssh.user = "ada";
    one.ssh.port = 2222;
    one.ssh.config_file = "my config";
    one.ssh.identity_file = "key";
    one.ssh.accept_new_host_keys = true;
    one.working_directory = "/x";
    CHECK(command_for(one) ==
          "ssh -F 'my config' -i key -o StrictHostKeyChecking=accept-new -p 2222 -l ada node2 "
          "\"exec sh -c 'cd /x && exec /opt/app'\"");
}

TEST_CASE("another launcher gives the command to a shell that it starts") {
    HostSetup one = host("node2");
    one.starter.words = {"docker", "exec", "-i", "node 2", "sh"};
    one.working_directory = "/x";
    CHECK(command_for(one) == "printf '%s\\n' \"exec sh -c 'cd /x && exec /opt/app'\" | docker exec -i 'node 2' sh");
}

TEST_CASE("what is copied to a host is told, and its program runs from there") {
    JobSetup setup;
    setup.arguments = {"app"};
    setup.hosts = {host("here", true), host("node2")};
    for (HostSetup& one : setup.hosts) one.start.stage = {true, {"/data/a b"}, ""};
    const auto lines = described(setup, {{{0}, {1}}, {}, 1, "", {}});
    CHECK(lines.at(0) == "# here, this machine: rank 0");
    CHECK(lines.at(1) == "(cd '' && exec /opt/app)");
    CHECK(lines.at(2) == "# node2: rank 1; copied there before, into SCOOP_STAGE_DIR: /opt/app '/data/a b'");
    CHECK(lines.at(3) == R"(ssh -n node2 'exec sh -c '\''exec "$SCOOP_STAGE_DIR"/app'\''')");
}

TEST_CASE("a set-up runs in a login shell before the directory is entered") {
    HostSetup one = host("node2");
    one.working_directory = "/x";
    one.start.setup = "module load gcc";
    CHECK(command_for(one) ==
          "ssh node2 'exec bash -l -c \"eval '\\''module load gcc'\\'' && cd /x && exec /opt/app\"'");
}

TEST_CASE("the host tells its architecture") {
    HostSetup one = host("here", true);
    one.start.program = "/a b/app.{arch}";
    CHECK(command_for(one) == "(cd /home/ada && exec '/a b/app.'\"$(uname -m)\")");
}

TEST_CASE("ranks with another wrapper have a command of their own") {
    JobSetup setup;
    setup.arguments = {"app", "1"};
    setup.hosts = {host("here", true)};
    setup.wraps = {parse_wrap("1-2", "valgrind -q --log-file='a b'").value()};
    CHECK(described(setup, {{{0, 1, 2, 3}}, {}, 1, "/", {}}) ==
          std::vector<std::string>{"# here, this machine: ranks 0,3", "(cd / && exec /opt/app 1)",
                                   "# here, this machine: ranks 1-2",
                                   "(cd / && exec valgrind -q '--log-file=a b' /opt/app 1)"});
}

TEST_CASE("a name with a line end does not leave its comment") {
    JobSetup setup;
    setup.arguments = {"app"};
    setup.hosts = {host("no\nde", true)};
    CHECK(described(setup, {{{0}}, {}, 1, "/", {}}).at(0) == "# no de, this machine: rank 0");
}
