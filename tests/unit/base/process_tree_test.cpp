// Finding the processes below one in what /proc says.
#include "base/process_tree.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace {

using namespace scoop::base;

std::vector<pid_t> pids_below(pid_t ancestor, const std::vector<ProcessEntry>& processes) {
    std::vector<pid_t> pids;
    for (const auto& process : descendants_of(ancestor, processes)) pids.push_back(process.pid);
    return pids;
}

}  // namespace

TEST_CASE("a line of /proc/PID/stat gives pid, parent and name") {
    const auto process = parse_process_stat("4711 (myapp) S 17 4711 4711 0 -1 4194560 1234");
    REQUIRE(process);
    CHECK(process->pid == 4711);
    CHECK(process->parent == 17);
    CHECK(process->name == "myapp");
}

TEST_CASE("a line of /proc/PID/stat gives the number of threads, if it goes so far") {
    const auto process = parse_process_stat("4711 (my app) S 17 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 37 0 999");
    REQUIRE(process);
    CHECK(process->threads == 37);
    CHECK(parse_process_stat("4711 (myapp) S 17 4711")->threads == 1);
}

TEST_CASE("a name may hold anything, even what looks like the rest of the line") {
    const auto process = parse_process_stat("5 (a) R 1 (b) c) Z 42 5 5");
    REQUIRE(process);
    CHECK(process->parent == 42);
    CHECK(process->name == "a) R 1 (b) c");
    const auto empty = parse_process_stat("5 () S 1");
    REQUIRE(empty);
    CHECK(empty->name.empty());
}

TEST_CASE("what is no such line is refused") {
    for (const char* line : {"", "5", "()", "(a) S 1", "5 (a", "5 a) S 1", "5 (a)", "5 (a) S", "5 (a) S ", "5 (a) S x",
                             "x (a) S 1", "-5 (a) S 1", "5 (a) S -1", "5 )a( S 1", "99999999999 (a) S 1"})
        CHECK_MESSAGE(!parse_process_stat(line), line);
}

TEST_CASE("descendants of every generation are found, parents first, others are not") {
    const std::vector<ProcessEntry> processes{{30, 20, "grandchild"}, {1, 0, "init"},    {10, 1, "self"},
                                              {20, 10, "child"},      {21, 10, "child"}, {40, 1, "other"},
                                              {31, 21, "grandchild"}};
    const auto pids = pids_below(10, processes);
    REQUIRE(pids.size() == 4);
    CHECK(std::vector<pid_t>(pids.begin(), pids.begin() + 2) == std::vector<pid_t>{20, 21});
    CHECK(std::vector<pid_t>(pids.begin() + 2, pids.end()) == std::vector<pid_t>{30, 31});
    CHECK(pids_below(31, processes).empty());
    CHECK(pids_below(99, processes).empty());
}

TEST_CASE("a table with a loop, read while processes came and went, ends") {
    CHECK(pids_below(10, {{10, 30, "a"}, {20, 10, "b"}, {30, 20, "c"}}) == std::vector<pid_t>{20, 30});
    CHECK(pids_below(10, {{20, 10, "a"}, {20, 30, "b"}, {30, 20, "c"}}).size() == 3);
    CHECK(pids_below(10, {{10, 10, "a"}}).empty());
}
