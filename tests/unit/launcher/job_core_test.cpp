// The life of a job as the launcher decides it, event by event.
#include "launcher/job_core.hpp"

#include <sys/wait.h>

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "launcher/exit_status.hpp"
#include "launcher/fake_job.hpp"
#include "protocol/version.hpp"

using namespace scoop;
using namespace scoop::launcher;
using namespace scoop::launcher::test;
using namespace std::chrono_literals;
using control::FrameType;

TEST_CASE("a job goes from hello to the root's exit status") {
    FakeJob job(2);
    job.tell(event::Greeted{1, hello()});
    CHECK(job.take().empty());
    job.tell(event::Greeted{0, hello()});
    CHECK(job.take() == Words{"broker"});
    CHECK(job.cpus_seen == 2);
    job.tell(event::BrokerStarted{});
    CHECK(job.take() == Words{"describe 0", "describe 1"});
    job.tell(event::Ready{0});
    CHECK(job.take().empty());
    job.tell(event::Ready{1});
    CHECK(job.take() == Words{"start 0", "start 1", "input"});
    job.tell(event::Exited{{0, W_EXITCODE(3, 0)}});
    CHECK(job.take() == Words{"end 0", "end 1"});
    job.tell(event::Ended{1});
    job.tell(event::Gone{1, {}, ""});
    job.tell(event::Ended{0});
    CHECK(job.take() == Words{"close 1", "close 0"});
    CHECK_FALSE(job.status());
    job.tell(event::Gone{0, {}, ""});
    CHECK(job.status() == 3);
    CHECK(job.said().empty());
}

TEST_CASE("the way to the root broker is told, and hosts that need the tunnel in one line") {
    FakeJob job(4);
    job.tell_all([](base::HostIndex host) { return event::Greeted{host, hello()}; });
    job.tell(event::BrokerStarted{});
    (void)job.details();
    job.tell(event::Ready{0, {"tcp://10.0.0.1:4000", false, ""}});
    CHECK(contains(job.details(), "host0: reaches the root broker at tcp://10.0.0.1:4000\n"));
    job.tell(event::Ready{1, {"", true, ""}});
    CHECK(contains(job.details(), "host1: reaches the root broker through the control channel\n"));
    job.tell(event::Ready{2, {"", true, "tcp://10.0.0.1:4000 (no\tway)"}});
    CHECK(contains(job.details(),
                   "host2: reaches the root broker through the control channel, for it could not at "
                   "tcp://10.0.0.1:4000 (no way)\n"));
    CHECK(job.said().empty());
    job.tell(event::Ready{3, {"", true, "x"}});
    CHECK(contains(job.said(), "host2, host3 cannot connect to this machine, so the tunnel is used"));
    (void)job.take();
}

TEST_CASE("who is bound to which CPUs is told, and in one line for each reason who is not") {
    FakeJob job(4);
    job.tell_all([](base::HostIndex host) { return event::Greeted{host, hello()}; });
    job.tell(event::BrokerStarted{});
    (void)job.details();
    job.tell(event::Ready{0, {"", false, "", {"rank 0 is bound to CPU 0", "rank 1\tis bound to CPU 1"}, ""}});
    CHECK(job.details() == "scoop-run: host0: rank 0 is bound to CPU 0\nscoop-run: host0: rank 1 is bound to CPU 1\n");
    job.tell(event::Ready{1, {"", false, "", {}, "no\thwloc"}});
    job.tell(event::Ready{2, {"", false, "", {}, "too many"}});
    CHECK(job.said().empty());
    job.tell(event::Ready{3, {"", false, "", {}, "no\thwloc"}});
    const std::string said = job.said();
    CHECK(contains(said, "host1, host3: --bind-to has no effect: no hwloc\n"));
    CHECK(contains(said, "host2: --bind-to has no effect: too many\n"));
    CHECK_FALSE(contains(said, "host0"));
    (void)job.take();
}

TEST_CASE("a root that a signal killed is reported with 128 and the signal") {
    FakeJob job(1);
    job.start();
    job.tell(event::Exited{{0, W_EXITCODE(0, SIGKILL)}});
    CHECK(contains(job.said(), "the root was killed by signal 9"));
    CHECK(job.take() == Words{"end 0"});
    job.tell(gone(0));
    CHECK(job.status() == 137);
}

TEST_CASE("all hosts are tried before the table of the failed ones is shown") {
    FakeJob job(3);
    job.tell(gone(1));
    CHECK(job.said().empty());
    job.tell(event::Greeted{0, hello()});
    job.tell(gone(2));
    const std::string table = job.said();
    CHECK(contains(table, "2 of 3 hosts failed"));
    CHECK(contains(table, "host1"));
    CHECK(contains(table, "host2"));
    CHECK(job.take() == Words{"end 0"});
    job.tell(gone(0));
    CHECK(job.status() == exit_start_failed);
}

TEST_CASE("a program that is missing on the only host gives its own status") {
    FakeJob job(1);
    job.tell(gone(0, exit_not_found));
    CHECK(job.status() == exit_not_found);
    CHECK(contains(job.said(), "no route"));
}

TEST_CASE("a host that answers too late is named with the step it was at") {
    FakeJob job(2);
    job.tell(event::Greeted{0, hello()});
    for (int k = 0; k < 29; ++k) {
        job.pass(1s);
        job.tell(event::Heard{0});
    }
    CHECK(job.said().empty());
    job.pass(1s);
    CHECK(contains(job.said(), "host1  auth"));
    CHECK(job.take() == Words{"end 0", "close 1"});
    job.tell(gone(1));
    job.tell(gone(0));
    CHECK(job.status() == exit_start_failed);
}

TEST_CASE("no host is late as long as another takes files") {
    FakeJob job(1);
    for (int k = 0; k < 100; ++k) {
        job.pass(29s);
        job.tell(event::Staging{});
    }
    CHECK(job.said().empty());
    job.pass(30s);
    CHECK(contains(job.said(), "host0  auth"));
    CHECK(job.take() == Words{"close 0"});
    job.tell(gone(0));
    CHECK(job.status() == exit_start_failed);
}

TEST_CASE("a node that cannot do its part ends the start, after the others had their chance") {
    FakeJob job(2);
    job.tell_all([](base::HostIndex host) { return event::Greeted{host, hello()}; });
    job.tell(event::BrokerStarted{});
    job.take();
    job.tell(event::Failed{1, {"wdir", "there is no /scratch", ""}});
    CHECK(job.said().empty());
    job.tell(event::Ready{0});
    CHECK(contains(job.said(), "there is no /scratch"));
    CHECK(job.take() == Words{"end 0", "end 1"});
    job.tell_all([](base::HostIndex host) { return gone(host); });
    CHECK(job.status() == exit_start_failed);
}

TEST_CASE("what a node that fails says of its workers' ends is not taken for the program's end") {
    FakeJob job(1);
    job.start();
    job.tell(event::Failed{0, {"node", "its guardian process was killed", ""}});
    CHECK(contains(job.said(), "lost host host0: its guardian process was killed; it ran the root"));
    CHECK(job.take() == Words{"close 0"});
    job.tell(event::Exited{{0, W_EXITCODE(0, SIGTERM)}});
    job.tell(gone(0));
    CHECK(job.status() == exit_root_host_lost);
}

TEST_CASE("hosts whose programs differ do not start together") {
    FakeJob job(2);
    job.tell(event::Greeted{0, hello("f()")});
    job.tell(event::Greeted{1, hello("g()")});
    CHECK(contains(job.said(), "the program on host1 is not the one on host0"));
    CHECK(job.take() == Words{"end 0", "end 1"});
    job.tell_all([](base::HostIndex host) { return gone(host); });
    CHECK(job.status() == exit_start_failed);
}

TEST_CASE("too few slots are a mistake in the command") {
    FakeJob job(1);
    job.refuses_placement = true;
    job.tell(event::Greeted{0, hello()});
    CHECK(contains(job.said(), "only 2 slots"));
    CHECK(job.take() == Words{"end 0"});
    job.tell(gone(0));
    CHECK(job.status() == exit_usage);
}

TEST_CASE("a broker that cannot be started ends the job") {
    FakeJob job(1);
    job.tell(event::Greeted{0, hello()});
    job.tell(event::BrokerFailed{"bind: address in use"});
    CHECK(contains(job.said(), "address in use"));
    CHECK(job.take() == Words{"broker", "end 0"});
    job.tell(gone(0));
    CHECK(job.status() == exit_start_failed);
}

TEST_CASE("a host without workers is sent home and nobody waits for it") {
    FakeJob job(2);
    job.leaves_last_host_out = true;
    job.tell_all([](base::HostIndex host) { return event::Greeted{host, hello()}; });
    CHECK(job.take() == Words{"end 1", "broker"});
    const std::string details = job.details();
    CHECK(contains(details, "host0: ranks 0 to 1\n"));
    CHECK(contains(details, "host1: no worker, the hosts before have slots enough\n"));
    job.tell(event::BrokerStarted{});
    CHECK(job.take() == Words{"describe 0"});
    job.tell(event::Ready{0});
    CHECK(job.take() == Words{"start 0", "input"});
    job.tell(gone(1));
    CHECK(job.take().empty());
    CHECK(job.said().empty());
    job.tell(event::Exited{{0, 0}});
    job.tell(gone(0));
    CHECK(job.take() == Words{"end 0"});
    CHECK(job.status() == 0);
}

TEST_CASE("a lost host is told to the broker and the job goes on") {
    FakeJob job(2);
    job.start();
    SUBCASE("when its session ends") { job.tell(gone(1)); }
    SUBCASE("when its channel closes") {
        job.tell(event::Closed{1});
        job.tell(gone(1));
    }
    SUBCASE("when it is silent") {
        for (int k = 0; k < 15; ++k) {
            job.pass(1s);
            job.tell(event::Heard{0});
        }
        job.tell(gone(1));
    }
    CHECK(contains(job.said(), "lost host host1"));
    CHECK(job.take("lost 1"));
    job.take("close 1");
    job.tell(event::Exited{{0, 0}});
    CHECK(job.take() == Words{"end 0"});
    job.tell(gone(0));
    CHECK(job.status() == 0);
}

TEST_CASE("without the root's host there is no job") {
    FakeJob job(2);
    job.start();
    job.tell(gone(0));
    CHECK(contains(job.said(), "lost host host0"));
    CHECK(job.take() == Words{"close 0", "end 1"});
    job.tell(gone(1));
    CHECK(job.status() == exit_root_host_lost);
}

TEST_CASE("a worker that ends is named and the job goes on") {
    FakeJob job(2);
    job.start();
    job.tell(event::Exited{{3, W_EXITCODE(0, SIGSEGV)}});
    CHECK(
        contains(job.said(), "rank 3 on host1 was killed by signal 11 (Segmentation fault); the job goes on without"));
    CHECK(job.take().empty());
}

TEST_CASE("a worker that is replaced has not gone") {
    FakeJob job(2);
    job.start();
    job.tell(event::Exited{{3, W_EXITCODE(0, SIGKILL), true}});
    CHECK(job.said() == "scoop-run: rank 3 on host1 was killed by signal 9 (Killed); another takes its place\n");
}

TEST_CASE("when nobody reads the output the job ends without a word") {
    FakeJob job(1);
    job.start();
    job.tell(event::OutputBroken{});
    CHECK(job.said().empty());
    CHECK(job.take() == Words{"end 0"});
    job.tell(gone(0));
    CHECK(job.status() == 141);
}

TEST_CASE("every host that has greeted gets a heartbeat a second") {
    FakeJob job(3);
    job.tell(event::Greeted{0, hello()});
    job.tell(event::Greeted{1, hello()});
    job.pass(3s);
    CHECK(job.heartbeats() == 6);
}

TEST_CASE("time in which we stood still is held against nobody") {
    FakeJob job(2);
    job.start();
    job.tell(event::StoodStill{100s});
    job.pass(14s);
    CHECK(job.said().empty());
    job.tell_all([](base::HostIndex host) { return event::Heard{host}; });
}

TEST_CASE("a node that does not end is closed, then killed") {
    FakeJob job(1);
    job.start();
    job.tell(event::Exited{{0, 0}});
    job.take();
    job.pass(8s);
    job.tell(event::Heard{0});
    CHECK(job.take().empty());
    job.pass(1s);
    CHECK(job.take() == Words{"close 0"});
    job.pass(1s);
    CHECK(job.take() == Words{"kill 0"});
    SUBCASE("and then it is gone") { job.tell(gone(0)); }
    SUBCASE("and left behind when even that does not help") {
        job.pass(5s);
        CHECK(contains(job.said(), "cannot be killed"));
    }
    CHECK(job.status() == 0);
    CHECK_FALSE(job.output_limit());
}

TEST_CASE("in whatever order things happen, every job ends, once, and every session is over then") {
    for (unsigned seed = 1; seed <= 1000; ++seed) {
        std::minstd_rand random(seed);
        const auto hosts = static_cast<base::HostIndex>(1 + random() % 3);
        FakeJob job(hosts, 60s, std::nullopt, random() % 2 == 0 ? OnHostFailure::end_job : OnHostFailure::go_on,
                    random() % 4 == 0);
        std::vector<bool> is_gone(hosts, false);
        for (int turn = 0; turn < 400 && !job.status(); ++turn) {
            const auto host = static_cast<base::HostIndex>(random() % hosts);
            const bool can_speak = !is_gone[host];
            switch (random() % 26) {
                case 0: job.tell(event::Signal{SIGTERM}); break;
                case 1: job.tell(event::OutputBroken{}); break;
                case 2: job.tell(event::StoodStill{10s}); break;
                case 3: job.tell(event::BrokerFailed{"no"}); break;
                case 4:
                    if (can_speak && turn > 10) job.tell(gone(host)), is_gone[host] = true;
                    break;
                case 5:
                    if (can_speak) job.tell(event::Closed{host});
                    break;
                case 6:
                    if (can_speak) job.tell(event::Failed{host, {"x", "y", ""}});
                    break;
                case 7:
                    if (can_speak) job.tell(event::Ended{host});
                    break;
                case 8:
                    if (can_speak) job.tell(event::Exited{{host, 0}});
                    break;
                case 9: job.pass(5s); break;
                case 10: job.pass(100ms); break;
                case 11: job.tell(event::Signal{random() % 2 == 0 ? SIGTSTP : SIGCONT}); break;
                case 12: job.tell(event::Signal{SIGUSR1}); break;
                default:
                    if (!can_speak) break;
                    job.tell(event::Heard{host});
                    job.tell(event::Greeted{host, hello()});
                    if (job.take("broker")) job.tell(event::BrokerStarted{});
                    job.tell(event::Ready{host});
            }
        }
        // A session that is asked to end does so; then the job must be over.
        for (base::HostIndex host = 0; host < hosts && !job.status(); ++host)
            if (!is_gone[host]) job.tell(gone(host));
        job.pass(120s);
        CHECK_MESSAGE(job.status().has_value(), "seed " << seed);
        job.take();
        job.said();
    }
}
