// Jobs that go on without the hosts that failed, and checks.
#include <doctest/doctest.h>

#include <sys/wait.h>

#include "launcher/fake_job.hpp"

using namespace scoop;
using namespace scoop::launcher;
using namespace scoop::launcher::test;

namespace {

FakeJob going_on(std::size_t hosts) { return FakeJob(hosts, std::nullopt, std::nullopt, OnHostFailure::go_on); }
FakeJob check_of(std::size_t hosts, std::optional<base::HostIndex> local_host = std::nullopt) {
    return FakeJob(hosts, std::nullopt, local_host, OnHostFailure::end_job, true);
}

}  // namespace

TEST_CASE("a job goes on without hosts that failed, and its ranks are placed on the others") {
    FakeJob job = going_on(3);
    job.tell(gone(0));
    job.tell(event::Greeted{1, hello()});
    CHECK(job.take().empty());
    job.tell(event::Greeted{2, hello()});
    CHECK(job.take() == Words{"broker"});
    const std::string table = job.said();
    CHECK(contains(table, "the job goes on without 1 of 3 hosts"));
    CHECK(contains(table, "host0"));
    CHECK(contains(table, "no route"));
    CHECK(contains(job.details(), "host1: ranks 0 to 1"));
    job.tell(event::BrokerStarted{});
    CHECK(job.take() == Words{"describe 1", "describe 2"});
    job.tell(event::Ready{1});
    job.tell(event::Ready{2});
    CHECK(job.take() == Words{"start 1", "start 2", "input"});
    SUBCASE("signals go to where the root is") {
        job.tell(event::Signal{SIGUSR1});
        CHECK(job.take() == Words{"signal10 1"});
    }
    SUBCASE("and its loss ends the job") {
        job.tell(gone(1));
        CHECK(contains(job.said(), "it ran the root"));
        CHECK(job.take() == Words{"close 1", "end 2"});
    }
    SUBCASE("while that of another does not") {
        job.tell(gone(2));
        CHECK(contains(job.said(), "done again elsewhere"));
        CHECK(job.take() == Words{"close 2", "lost 2"});
    }
}

TEST_CASE("a program that does not belong to the others' is left out, and its node is told to end") {
    FakeJob job = going_on(3);
    job.tell(event::Greeted{0, hello()});
    job.tell(event::Greeted{1, hello("other()")});
    job.tell(event::Greeted{2, hello()});
    CHECK(contains(job.said(), "it lacks the task f()"));
    CHECK(job.take() == Words{"end 1", "broker"});
    CHECK(contains(job.details(), "host2: ranks 2 to 3"));
}

TEST_CASE("a host that fails after the ranks were placed is missing like a lost one") {
    FakeJob job = going_on(3);
    job.tell_all([](base::HostIndex host) { return event::Greeted{host, hello()}; });
    job.tell(event::BrokerStarted{});
    job.take();
    job.tell(event::Ready{0});
    job.tell(event::Failed{1, {"call-back", "no way", ""}});
    CHECK(job.take().empty());
    job.tell(event::Ready{2});
    CHECK(job.take() == Words{"end 1", "lost 1", "start 0", "start 2", "input"});
    CHECK(contains(job.said(), "no way"));
}

TEST_CASE("the root's host cannot be left out once it has the root") {
    FakeJob job = going_on(2);
    job.tell_all([](base::HostIndex host) { return event::Greeted{host, hello()}; });
    job.tell(event::BrokerStarted{});
    job.take();
    job.tell(event::Failed{0, {"call-back", "no way", ""}});
    job.tell(event::Ready{1});
    CHECK(contains(job.said(), "the job did not start: 1 of 2 hosts failed"));
    CHECK(job.take() == Words{"end 0", "end 1"});
    job.tell_all([](base::HostIndex host) { return gone(host); });
    CHECK(job.status() == exit_start_failed);
}

TEST_CASE("without any host there is nothing to go on with") {
    FakeJob job = going_on(2);
    job.tell(gone(0));
    job.tell(gone(1));
    CHECK(contains(job.said(), "the job did not start: 2 of 2 hosts failed"));
    CHECK(job.status() == exit_start_failed);
}

TEST_CASE("hosts that are left are given time of their own when others were too late") {
    FakeJob job = going_on(2);
    job.tell(event::Greeted{0, hello()});
    job.pass(10s);
    job.tell(event::Heard{0});
    job.pass(10s);
    job.tell(event::Heard{0});
    job.pass(10s);
    CHECK(contains(job.said(), "without 1 of 2 hosts"));
    CHECK(job.take() == Words{"close 1", "broker"});
    job.tell(event::BrokerStarted{});
    job.take();
    job.tell(event::Heard{0});
    job.pass(10s);
    job.tell(event::Ready{0});
    CHECK(job.take("start 0"));
    job.take();
}

TEST_CASE("too few slots on the hosts that are left is a failed start") {
    FakeJob job = going_on(2);
    job.refuses_placement = true;
    job.tell(gone(1));
    job.tell(event::Greeted{0, hello()});
    CHECK(contains(job.said(), "only 2 slots"));
    job.take();
    job.tell(gone(0));
    CHECK(job.status() == exit_start_failed);
}

TEST_CASE("a check prepares every host, starts nothing and reports") {
    FakeJob job = check_of(2, 0);
    job.tell_all([](base::HostIndex host) { return event::Greeted{host, hello()}; });
    CHECK(job.cpus_seen == 0);
    job.tell(event::BrokerStarted{});
    CHECK(job.take() == Words{"broker", "describe 0", "describe 1"});
    job.tell_all([](base::HostIndex host) { return event::Ready{host}; });
    CHECK(job.take() == Words{"end 0", "end 1"});
    job.tell_all([](base::HostIndex host) { return gone(host); });
    CHECK(job.status() == 0);
    CHECK(contains(job.report(), "All 2 hosts are fine."));
    CHECK(job.said().empty());
}

TEST_CASE("a check goes on with the others, and fails if one host did") {
    FakeJob job = check_of(3);
    job.tell(gone(0));
    job.tell(event::Greeted{1, hello()});
    job.tell(event::Greeted{2, hello()});
    job.tell(event::BrokerStarted{});
    CHECK(job.take() == Words{"broker", "describe 1", "describe 2"});
    job.tell(event::Failed{1, {"call-back", "no way", "open the firewall"}});
    job.tell(event::Ready{2});
    CHECK(contains(job.report(), "2 of 3 hosts failed"));
    CHECK(contains(job.report(), "no route"));
    CHECK(contains(job.report(), "-> open the firewall"));
    CHECK(job.said().empty());
    job.take();
    job.tell_all([](base::HostIndex host) { return gone(host); });
    CHECK(job.status() == exit_start_failed);
}

TEST_CASE("a check of hosts that all fail still reports") {
    FakeJob job = check_of(1);
    job.tell(gone(0, exit_not_found));
    CHECK(contains(job.report(), "1 of 1 host failed"));
    CHECK(job.status() == exit_start_failed);
}
