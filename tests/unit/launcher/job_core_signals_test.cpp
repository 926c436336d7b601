// Signals of users and batch systems, and the time limit, as the launcher decides what they do to a job.
#include <sys/wait.h>

#include <doctest/doctest.h>

#include <csignal>
#include <string>
#include <vector>

#include "launcher/exit_status.hpp"
#include "launcher/fake_job.hpp"

using namespace scoop;
using namespace scoop::launcher;
using namespace scoop::launcher::test;
using namespace std::chrono_literals;
using control::FrameType;

TEST_CASE("the first signal goes to the root, which may end in its own way") {
    FakeJob job(2);
    job.start();
    job.pass(3s);
    job.tell(event::Exited{{3, W_EXITCODE(0, SIGSEGV)}});
    job.said();
    job.tell(event::Signal{SIGTERM});
    CHECK(job.take() == Words{"signal15 0"});
    CHECK(job.said() ==
          "scoop-run: SIGTERM: the job is ending; it has 5 s, a second signal kills it at once, a third one leaves "
          "without waiting for that\nscoop-run: after 3 s there run ranks 0-1 on host0, rank 2 on host1\n");
    job.tell(event::Exited{{0, W_EXITCODE(7, 0)}});
    CHECK(job.take() == Words{"end 0", "end 1"});
    job.tell_all([](base::HostIndex host) { return gone(host); });
    CHECK(job.status() == 7);
}

TEST_CASE("a root that does not react to the signal is ended after its grace time") {
    FakeJob job(1);
    job.start();
    job.tell(event::Signal{SIGINT});
    job.take();
    job.pass(4900ms);
    CHECK(job.take().empty());
    job.pass(100ms);
    CHECK(job.take() == Words{"end 0"});
    job.tell(event::Exited{{0, W_EXITCODE(0, SIGTERM)}});
    job.tell(gone(0));
    CHECK(job.status() == 130);
}

TEST_CASE("the second signal ends the job at once, the third leaves") {
    FakeJob job(2);
    job.start();
    job.tell(event::Signal{SIGINT});
    job.take();
    job.tell(event::Signal{SIGINT});
    CHECK(job.take() == Words{"end 0", "end 1", "signal9 0", "signal9 1"});
    CHECK(contains(job.said(), "SIGINT: the job is killed; there run ranks 0-1 on host0, ranks 2-3 on host1\n"));
    base::Duration for_last_words = 1s;
    SUBCASE("when the nodes do as they are told") {
        job.tell_all([](base::HostIndex host) { return gone(host); });
    }
    SUBCASE("when they do not, within seconds") {
        job.pass(4s);
        CHECK(job.take() == Words{"close 0", "close 1", "kill 0", "kill 1"});
        job.tell_all([](base::HostIndex host) { return gone(host); });
    }
    SUBCASE("when nobody wants to wait for that") {
        job.tell(event::Signal{SIGINT});
        CHECK(job.take() == Words{"kill 0", "kill 1"});
        for_last_words = base::Duration::zero();
    }
    CHECK(job.status() == 130);
    CHECK(job.output_limit() == for_last_words);
}

TEST_CASE("a job that a signal or the time ends does not wait for a reader that has stopped reading") {
    FakeJob job(1, 10s);
    job.start();
    SUBCASE("a signal") {
        job.tell(event::Signal{SIGTERM});
        job.pass(5s);
    }
    SUBCASE("the time") { job.pass(10s); }
    job.tell_all([](base::HostIndex host) { return gone(host); });
    (void)job.take();
    CHECK(job.output_limit() == base::Duration(5s));
}

TEST_CASE("a terminal that closes and says so twice leaves the job its time") {
    FakeJob job(1);
    job.start();
    job.tell(event::Signal{SIGHUP});
    job.tell(event::Signal{SIGHUP});
    CHECK(job.take() == Words{"signal1 0"});
    job.tell(event::Signal{SIGINT});
    CHECK(job.take() == Words{"end 0", "signal9 0"});
    job.tell(gone(0));
    CHECK(job.status() == 129);
}

TEST_CASE("signals of the user's own go to the root once there is a program") {
    FakeJob job(2);
    job.tell(event::Signal{SIGUSR1});
    CHECK(contains(job.said(), "SIGUSR1 is not passed on"));
    job.start();
    job.tell(event::Signal{SIGUSR1});
    job.tell(event::Signal{SIGUSR2});
    CHECK(job.take() == Words{"signal10 0", "signal12 0"});
    CHECK(job.said().empty());
}

TEST_CASE("a suspended job stops everywhere, judges nobody and goes on") {
    FakeJob job(2);
    job.start();
    job.tell(event::Signal{SIGTSTP});
    job.tell(event::Signal{SIGTSTP});
    CHECK(job.take() == Words{"signal20 0", "signal20 1"});
    job.pass(499ms);
    CHECK(job.take().empty());
    job.pass(1ms);
    CHECK(job.take() == Words{"stop"});
    job.pass(1h);
    CHECK(job.take().empty());
    job.said();
    SUBCASE("when it is told to") {
        job.tell(event::Signal{SIGCONT});
        CHECK(job.take() == Words{"signal18 0", "signal18 1"});
        CHECK(job.said() == "scoop-run: the job goes on\n");
        job.pass(14s);
        CHECK(job.take().empty());
        CHECK(job.said().empty());
        job.pass(1s);
        CHECK(contains(job.said(), "no sign of life"));
        job.take();
    }
    SUBCASE("to end, when that is asked for") {
        job.tell(event::Signal{SIGTERM});
        CHECK(job.take() == Words{"signal18 0", "signal18 1", "signal15 0"});
    }
}

TEST_CASE("a job that is continued before this process has stopped does not stop") {
    FakeJob job(1);
    job.start();
    job.tell(event::Signal{SIGTSTP});
    job.tell(event::Signal{SIGCONT});
    CHECK(job.take() == Words{"signal20 0", "signal18 0"});
    job.pass(10s);
    CHECK(job.take().empty());
}

TEST_CASE("the silence of a node of this machine means nothing") {
    FakeJob job(2, std::nullopt, 0);
    job.start();
    job.tell(event::Heard{1});
    job.pass(1min);
    CHECK(job.take() == Words{"close 1", "lost 1", "kill 1"});
    CHECK_FALSE(job.status());
}

TEST_CASE("a signal during the start gives it up") {
    FakeJob job(2);
    job.pass(250ms);
    job.tell(event::Greeted{0, hello()});
    job.tell(event::Signal{SIGINT});
    CHECK(job.said() == "scoop-run: SIGINT after 0.250 s: the start is given up, without an answer of host1\n");
    CHECK(job.take() == Words{"end 0", "close 1"});
    job.tell(event::Greeted{1, hello()});
    job.tell_all([](base::HostIndex host) { return gone(host); });
    CHECK(job.take().empty());
    CHECK(job.status() == 130);
}

TEST_CASE("a job that takes too long is ended with the status of timeout(1)") {
    FakeJob job(1, 20s);
    job.start();
    job.tell(event::Heard{0});
    job.pass(10s);
    job.tell(event::Heard{0});
    CHECK(job.take().empty());
    job.pass(10s);
    CHECK(contains(job.said(), "20 s"));
    CHECK(job.take() == Words{"end 0"});
    job.tell(gone(0));
    CHECK(job.status() == exit_timeout);
}
