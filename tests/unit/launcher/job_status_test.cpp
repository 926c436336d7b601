// What --status prints.
#include "launcher/job_status.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <sstream>
#include <string>

using namespace scoop::launcher;
using namespace std::chrono_literals;

namespace {

JobStatus small_job() {
    JobStatus job;
    job.process_id = 4711;
    job.command = {"/home/me/nqueens", "12"};
    job.since = "2026-11-26 21:05:12";
    job.age = 185s;
    job.phase = "It runs";
    job.hosts = {
        {"node1", "runs", {0, 1, 2, 3}, 0, 0}, {"node2", "wants work", {4, 6, 7}, 1, 17}, {"node3", "lost", {}, 4, {}}};
    job.tasks_waiting = 2;
    return job;
}

std::size_t widest_line(const std::string& text) {
    std::size_t widest = 0;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) widest = std::max(widest, line.size());
    return widest;
}

}  // namespace

TEST_CASE("the status of a job is a table of its hosts") {
    CHECK(status_text(small_job()) ==
          "Job 4711: /home/me/nqueens 12\n"
          "It runs, since 2026-11-26 21:05:12 (3 min 5 s).\n"
          "7 workers on 2 hosts.\n"
          "\n"
          "HOST   STATE       RANKS  DIED  TASKS\n"
          "node1  runs        0-3       0      0\n"
          "node2  wants work  4,6-7     1     17\n"
          "node3  lost        -         4      -\n"
          "\n"
          "TASKS are those of other hosts that a host has now; 2 more wait for one.\n");
}

TEST_CASE("what is not known or does not matter is left out of a status") {
    JobStatus job = small_job();
    SUBCASE("of a job that has not begun") {
        job.hosts.resize(2);
        for (auto& host : job.hosts) host = {host.name, "starting", {}, 0, {}};
        job.tasks_waiting.reset();
        job.phase = "It is starting";
        CHECK(status_text(job) ==
              "Job 4711: /home/me/nqueens 12\n"
              "It is starting, since 2026-11-26 21:05:12 (3 min 5 s).\n"
              "\n"
              "HOST   STATE     RANKS  DIED  TASKS\n"
              "node1  starting  -         0      -\n"
              "node2  starting  -         0      -\n");
    }
    SUBCASE("of a job on one host") {
        job.hosts.resize(1);
        CHECK(status_text(job).ends_with(
            "4 workers on 1 host.\n\nHOST   STATE  RANKS  DIED\nnode1  runs   0-3       0\n"));
    }
}

TEST_CASE("how long a job has run is said in two units") {
    JobStatus job = small_job();
    const auto age = [&](scoop::base::Duration duration) {
        job.age = duration;
        const std::string text = status_text(job);
        return text.substr(text.find('(') + 1, text.find(')') - text.find('(') - 1);
    };
    CHECK(age(0s) == "0 s");
    CHECK(age(59900ms) == "59 s");
    CHECK(age(60s) == "1 min 0 s");
    CHECK(age(3h + 59min + 59s) == "3 h 59 min");
    CHECK(age(49h) == "2 d 1 h");
}

TEST_CASE("no line of a status is wider than a terminal, whatever hosts are called") {
    JobStatus job = small_job();
    job.command.emplace_back(200, 'x');
    job.hosts[0].name = std::string(100, 'n');
    job.hosts[1].ranks.clear();
    for (scoop::base::Rank rank = 0; rank < 100; ++rank) job.hosts[1].ranks.push_back(2 * rank);
    job.hosts[1].tasks = 123'456'789'012;
    CHECK(widest_line(status_text(job)) <= 80);
    CHECK(widest_line(summary_line(job.process_id, summary_text(job))) == 80);
}

TEST_CASE("a job is one line in the list of jobs") {
    CHECK(summary_head() + summary_line(4711, summary_text(small_job())) ==
          "JOB     SINCE                WORKERS  PROGRAM\n"
          "4711    2026-11-26 21:05:12        7  nqueens 12\n");
}

TEST_CASE("a status shows what hosts have of their limits, and warns of those that are near") {
    JobStatus job = small_job();
    job.hosts[0].usage = {{37, 4096, "ulimit -u"}, {45, 1024, "ulimit -n"}, {}};
    job.hosts[1].usage = {{95, 100, "/sys/fs/cgroup/pids.max"}, {1020, 1024, "ulimit -n"}, {}};
    const std::string text = status_text(job);
    CHECK(
        text.ends_with("\n\n"
                       "HOST   PROCESSES  OPEN FILES\n"
                       "node1    37/4096     45/1024\n"
                       "node2     95/100   1020/1024\n"
                       "PROCESSES, with their threads, and OPEN FILES of the node, each with its limit.\n"
                       "node2 is near a limit: processes and threads: 95 of 100 (/sys/fs/cgroup/pids.max)\n"
                       "node2 is near a limit: open files: 1020 of 1024 (ulimit -n)\n"));
}

TEST_CASE("a status shows the memory of each worker, of very many that of those with the most") {
    JobStatus job = small_job();
    job.hosts[1].usage = {{37, {}, {}}, {45, {}, {}}, {{4, 10, 2000}, {6, 5, 5}}};
    job.hosts[0].usage = {{37, {}, {}}, {45, {}, {}}, {{0, 12, 14}}};
    CHECK(
        status_text(job).ends_with("\n\n"
                                   "RANK  HOST   MIB  PEAK MIB\n"
                                   "0     node1   12        14\n"
                                   "4     node2   10      2000\n"
                                   "6     node2    5         5\n"));
    job.hosts[0].usage->workers.clear();
    for (unsigned rank = 0; rank < 100; ++rank) job.hosts[0].usage->workers.push_back({rank, 1, 1000 + rank});
    const std::string text = status_text(job);
    CHECK(text.ends_with("\nThese 64 of 102 workers have had the most memory.\n"));
    CHECK(text.find("\n99    node1    1      1099\n") != std::string::npos);
    CHECK(text.find("\n36    node1") == std::string::npos);
    CHECK(widest_line(text) <= 80);
}
