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

TEST_CASE("a host that is asked to leave is drained, goes, and is no loss") {
    FakeJob job(3);
    job.start();
    job.tell(event::LeaveAsked{7, {"HOST1."}, {}});
    CHECK(job.take() == Words{"drain 1"});
    CHECK(job.shown(1) == "host1 leaving 2 3");
    job.tell(event::Drained{1});
    CHECK(job.take() == Words{"lost 1", "end 1", "answer 7: 0 host1 has left the job, with ranks 2-3\n"});
    CHECK(job.said() == "scoop-run: host1 has left the job, with ranks 2-3\n");
    CHECK(job.shown(1) == "host1 left");
    job.tell(event::Exited{{2, SIGTERM}});
    job.tell(event::Failed{1, {"broker", "it was told that it is not known", ""}});
    job.tell(event::Ended{1});
    CHECK(job.take() == Words{"close 1"});
    job.tell(gone(1));
    CHECK(job.said().empty());
    CHECK(job.shown(1) == "host1 left");
    job.tell(event::Drained{1});
    job.tell(event::LeaveAsked{8, {"host1"}, {}});
    CHECK(job.take() == Words{"answer 8: 2 host1 has no worker left in the job"});
}

TEST_CASE("who asks several hosts to leave hears of all of them together") {
    FakeJob job(3);
    job.start();
    job.tell(event::LeaveAsked{7, {"host1", "host2"}, {}});
    job.tell(event::LeaveAsked{8, {"host2"}, {}});
    CHECK(job.take() == Words{"drain 1", "drain 2"});
    job.tell(event::Drained{2});
    CHECK(job.take() == Words{"lost 2", "end 2", "answer 8: 0 host2 has left the job, with ranks 4-5\n"});
    job.tell(gone(1));
    CHECK(job.take() == Words{"close 1", "lost 1",
                              "answer 7: 0 host2 has left the job, with ranks 4-5\n"
                              "lost host host1: the connection broke\n"});
    job.said();
}

TEST_CASE("a host whose time is over goes with what it does") {
    FakeJob job(2);
    job.start();
    job.tell(event::LeaveAsked{7, {"host1"}, 5s});
    CHECK(job.take() == Words{"drain 1"});
    job.tell(event::StoodStill{5s});
    job.tell(event::Heard{0});
    job.tell(event::Heard{1});
    job.pass(9s);
    CHECK(job.take().empty());
    job.pass(1s);
    CHECK(job.take() ==
          Words{"lost 1", "end 1",
                "answer 7: 0 host1 has left the job, with ranks 2-3; it had no time left; what it was doing "
                "is done again elsewhere\n"});
    job.said();
}

TEST_CASE("the end of a job is the end of waiting for hosts to leave") {
    FakeJob job(2);
    job.start();
    job.tell(event::LeaveAsked{7, {"host1"}, {}});
    job.tell(event::Exited{{0, 0}});
    CHECK(job.take() == Words{"drain 1", "answer 7: 0 the job ends, and host1 with it\n", "end 0", "end 1"});
    job.tell(event::LeaveAsked{8, {"host1"}, {}});
    CHECK(job.take() == Words{"answer 8: 2 the job is ending"});
}

TEST_CASE("who cannot leave is told why") {
    FakeJob job(2);
    const auto answer = [&](std::vector<std::string> hosts) {
        job.tell(event::LeaveAsked{7, std::move(hosts), {}});
        const auto words = job.take();
        return words.size() == 1 ? words.front() : std::to_string(words.size());
    };
    CHECK(answer({"host1"}) == "answer 7: 2 the program has not begun yet");
    job.start();
    CHECK(answer({}) == "answer 7: 2 no host is named");
    CHECK(answer({"host1", "host0"}) == "answer 7: 2 host0 runs the root, and cannot leave before the job ends");
    CHECK(answer({"host1", "x"}) == "answer 7: 2 the job has no host x; it has host0, host1");
}
