// What --check prints.
#include "launcher/check_report.hpp"

#include <doctest/doctest.h>

#include <sstream>

using namespace scoop::launcher;
using namespace std::chrono_literals;

namespace {

CheckedHost fine(const std::string& name) {
    CheckedHost host;
    host.name = name;
    host.hello.host_name = name;
    host.hello.architecture = "x86_64";
    host.hello.cpus = 8;
    return host;
}

CheckedHost failed(const std::string& name, const std::string& step, bool has_hello = false) {
    CheckedHost host = has_hello ? fine(name) : CheckedHost{};
    host.name = name;
    host.problem = StartProblem{step, "it said no", "ask again"};
    return host;
}

/// The words of the host's row in the table.
std::string row_of(const CheckedHost& host) {
    std::istringstream lines(check_report({host}));
    std::string line;
    std::getline(lines, line);
    std::getline(lines, line);
    std::istringstream words(line);
    std::string row;
    for (std::string word; words >> word;) row += (row.empty() ? "" : " ") + word;
    return row;
}

}  // namespace

TEST_CASE("a host that is fine has every step and its facts") {
    CHECK(check_report({fine("node1")}) ==
          "HOST  name tcp key auth shell prog libs version dir broker clock  CPUs arch\n"
          "node1 ok   ok  ok  ok   ok    ok   ok   ok      ok  ok     +0.0 s 8    x86_64\n"
          "The host is fine.\n");
}

TEST_CASE("this machine is not reached by its name") {
    CheckedHost host = fine("here");
    host.is_local = true;
    CHECK(row_of(host) == "here - - - - - ok ok ok ok ok +0.0 s 8 x86_64");
}

TEST_CASE("a step that failed is marked, and the ones behind it were not done") {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"resolve", "BAD - - - - - - - - -"},      {"launcher", "BAD - - - - - - - - -"},
        {"connect", "ok BAD - - - - - - - -"},     {"proxy", "ok BAD - - - - - - - -"},
        {"host key", "ok ok BAD - - - - - - -"},   {"auth", "ok ok ok BAD - - - - - -"},
        {"shell", "ok ok ok ok BAD - - - - -"},    {"setup", "ok ok ok ok BAD - - - - -"},
        {"program", "ok ok ok ok ok BAD - - - -"}, {"library", "ok ok ok ok ok ok BAD - - -"}};
    for (const auto& [step, row] : cases) {
        CAPTURE(step);
        CHECK(row_of(failed("n", step)) == "n " + row + " - - -");
    }
    CHECK(row_of(failed("n", "version", true)) == "n ok ok ok ok ok ok ok BAD - - +0.0 s 8 x86_64");
    CHECK(row_of(failed("n", "wdir", true)) == "n ok ok ok ok ok ok ok ok BAD - +0.0 s 8 x86_64");
    CHECK(row_of(failed("n", "call-back", true)) == "n ok ok ok ok ok ok ok ok ok BAD +0.0 s 8 x86_64");
    CHECK(row_of(failed("n", "strange")) == "n ok ok ok ok ok BAD - - - - - - -");
    CHECK(row_of(failed("n", "strange", true)) == "n ok ok ok ok ok ok ok ok ok BAD +0.0 s 8 x86_64");
}

TEST_CASE("what failed is said below the table, with what to do") {
    const std::string report = check_report({fine("node1"), failed("node2", "auth")});
    CHECK(
        report.ends_with("\n\n1 of 2 hosts failed:\n"
                         "  HOST   STEP  WHAT IT SAID, AND WHAT TO DO\n"
                         "  node2  auth  it said no\n"
                         "               -> ask again\n"));
}

TEST_CASE("a clock that is far off is told, and is no failure") {
    CheckedHost ahead = fine("node1");
    ahead.clock_ahead = 3250ms;
    CheckedHost behind = fine("node2");
    behind.clock_ahead = -60s;
    CheckedHost near = fine("node3");
    near.clock_ahead = -1ms;
    const std::string report = check_report({ahead, behind, near});
    CHECK(report.find("The clock of node1 is 3.2 s ahead of the one here") != std::string::npos);
    CHECK(report.find("The clock of node2 is 60.0 s behind the one here") != std::string::npos);
    CHECK(report.find("node3 is") == std::string::npos);
    CHECK(report.find("-0.0") == std::string::npos);
    CHECK(report.ends_with("All 3 hosts are fine.\n"));
}

TEST_CASE("what a host says of itself cannot steer the terminal") {
    CheckedHost host = fine("node1");
    host.hello.architecture = "\x1b[2J";
    CHECK(row_of(host).find('\x1b') == std::string::npos);
}
