// What a job tells of itself.
#include <doctest/doctest.h>

#include "launcher/fake_job.hpp"

using namespace scoop;
using namespace scoop::launcher;
using namespace scoop::launcher::test;

TEST_CASE("a job tells how far its hosts are") {
    FakeJob job(2);
    CHECK(job.phase() == "It is starting");
    CHECK(job.shown(0) == "host0 starting");
    job.tell(event::Greeted{0, hello()});
    CHECK(job.shown(0) == "host0 reached");
    CHECK(job.shown(1) == "host1 starting");
    job.tell(event::Greeted{1, hello()});
    job.tell(event::BrokerStarted{});
    CHECK(job.shown(0) == "host0 starting 0 1");
    job.tell(event::Ready{0});
    CHECK(job.shown(0) == "host0 ready 0 1");
    job.tell(event::Ready{1});
    CHECK(job.phase() == "It runs");
    CHECK(job.shown(1) == "host1 runs 2 3");
    job.tell(event::Exited{{0, 0}});
    CHECK(job.phase() == "It is ending");
    CHECK(job.shown(1) == "host1 ending 2 3");
    job.take();
    job.details();
}

TEST_CASE("a job tells what has died") {
    FakeJob job(3);
    job.start();
    job.tell(event::Exited{{2, SIGKILL}});
    CHECK(job.shown(1) == "host1 runs 3 died 1");
    job.tell(event::Exited{{3, SIGKILL, true}});
    CHECK(job.shown(1) == "host1 runs 3 died 2");
    job.tell(gone(1));
    CHECK(job.shown(1) == "host1 lost died 3");
    CHECK(job.shown(2) == "host2 runs 4 5");
    job.take();
}

TEST_CASE("a job tells which hosts it goes on without, and that it is suspended") {
    FakeJob job(2, std::nullopt, std::nullopt, OnHostFailure::go_on);
    job.tell(gone(1));
    job.tell(event::Greeted{0, hello()});
    CHECK(job.shown(1) == "host1 failed");
    job.tell(event::Signal{SIGTSTP});
    CHECK(job.phase() == "It is starting, suspended");
    job.take();
}
