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
