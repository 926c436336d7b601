// What a node says of the limits that keep its workers from starting.
#include "node/host_usage.hpp"

#include <doctest/doctest.h>

using namespace scoop;
using namespace scoop::node;

namespace {

constexpr const char* advice = "start fewer workers on this host, or let its administrator raise the limit";
const base::Room few_files{20, 1024, "ulimit -n"};

}  // namespace

TEST_CASE("workers for which there is no room are refused before they are started") {
    const auto processes = check_room({8}, {90, 100, "ulimit -u"}, few_files);
    REQUIRE_FALSE(processes);
    CHECK(
        processes.error().sentence() ==
        "start 8 workers: they and their node need 19 more processes and threads, and there are 90 of 100 (ulimit -u) "
        "here; start fewer workers on this host, or let its administrator raise the limit");
    CHECK(check_room({8, true}, {80, 100, "ulimit -u"}, few_files));
    CHECK_FALSE(check_room({8, true}, {81, 100, "ulimit -u"}, few_files));
    const auto files = check_room({100}, {90, {}, {}}, {20, 256, "ulimit -n"});
    REQUIRE_FALSE(files);
    CHECK(files.error().reason == "their node needs 432 open files, and a process may have 256 here (ulimit -Hn)");
    CHECK(files.error().advice == advice);
}

TEST_CASE("a limit that the workers come near is warned of") {
    CHECK(check_room({8}, {70, 100, "ulimit -u"}, few_files).value().empty());
    const auto processes = check_room({8}, {80, 100, "/sys/fs/cgroup/pids.max"}, few_files).value();
    REQUIRE(processes.size() == 1);
    CHECK(processes[0] ==
          "near a limit: processes and threads are 80 of 100 (/sys/fs/cgroup/pids.max) before its 8 workers with at "
          "least 19 are started; start fewer workers on this host, or let its administrator raise the limit");
    const auto files = check_room({1}, {80, {}, {}}, {20, 38, "ulimit -n"}).value();
    REQUIRE(files.size() == 1);
    CHECK(files[0] ==
          "near a limit: its node may have 38 open files (ulimit -Hn), and needs 36 for 1 worker; start fewer workers "
          "on this host, or let its administrator raise the limit");
}

TEST_CASE("a start that fails names the limit that is exhausted") {
    const base::Failure failure{"start rank 3", "resource temporarily unavailable", "look", true};
    const auto processes = with_shortage(failure, {99, 100, "ulimit -u"}, few_files);
    CHECK(processes.sentence() ==
          "start rank 3: resource temporarily unavailable; processes and threads: 99 of 100 (ulimit -u); start fewer "
          "workers on this host, or let its administrator raise the limit");
    const auto files = with_shortage(failure, {99, {}, {}}, {1020, 1024, "ulimit -n"});
    CHECK(files.reason == "resource temporarily unavailable; open files of the node: 1020 of 1024 (ulimit -n)");
    CHECK(with_shortage(failure, {50, 100, "ulimit -u"}, few_files).sentence() == failure.sentence());
}

TEST_CASE("the memory of a worker is read from /proc/PID/status") {
    const auto memory =
        parse_memory(7, "Name:\tmyapp\nVmPeak:\t  999999 kB\nVmHWM:\t    20480 kB\nVmRSS:\t   10300 kB\n");
    CHECK(memory.rank == 7);
    CHECK(memory.resident_mib == 10);
    CHECK(memory.peak_mib == 20);
    CHECK(parse_memory(7, "Name:\tended\nState:\tZ (zombie)\n").peak_mib == 0);
    CHECK(parse_memory(7, "\nVmRSS:").resident_mib == 0);
}
