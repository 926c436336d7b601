// How hosts join a running job.
#include <doctest/doctest.h>

#include "launcher/fake_job.hpp"

using namespace scoop;
using namespace scoop::launcher;
using namespace scoop::launcher::test;

namespace {

NewHost wish(const std::string& name, std::optional<std::uint32_t> slots = std::nullopt) {
    return {name, false, slots, 64, std::nullopt};
}

// Two hosts with ranks 0 to 3 run, and `names` are to join as hosts 2, 3, …
void ask(FakeJob& job, const std::vector<std::string>& names) {
    job.start();
    event::JoinAsked asked{7, {}};
    for (const std::string& name : names) asked.hosts.push_back(wish(name));
    job.tell(asked);
    REQUIRE(job.take() == Words{"reach for 7"});
}

}  // namespace

TEST_CASE("a host that joins gets new ranks, is described, started and announced") {
    FakeJob job(2);
    ask(job, {"host2"});
    CHECK(job.shown(2) == "host2 joining");
    job.tell(event::Greeted{2, hello()});
    CHECK(job.take() == Words{"take in 2: 4 5"});
    job.tell(event::TakenIn{2});
    CHECK(job.take() == Words{"describe 2"});
    job.tell(event::Ready{2});
    CHECK(job.take() == Words{"start 2", "answer 7: 0 host2 has joined the job, with ranks 4-5\n"});
    CHECK(job.said() == "scoop-run: host2 has joined the job, with ranks 4-5\n");
    CHECK(job.shown(2) == "host2 runs 4 5");
    job.tell(gone(2));
    CHECK(job.take() == Words{"close 2", "lost 2"});
    CHECK(contains(job.said(), "lost host host2: the connection broke"));
    CHECK(job.shown(2) == "host2 lost died 2");
}

TEST_CASE("slots and the most workers of a host bound those that join with it") {
    FakeJob job(1);
    job.start();
    job.tell(event::JoinAsked{1, {wish("a", 5), {"b", false, 9, 3, std::nullopt}}});
    job.tell(event::Greeted{2, hello()});
    job.tell(event::Greeted{1, hello()});
    CHECK(job.take() == Words{"reach for 1", "take in 2: 2 3 4", "take in 1: 5 6 7 8 9"});
}

TEST_CASE("who cannot join is named with the reason, and the others are in") {
    FakeJob job(2);
    ask(job, {"host2", "host3"});
    job.tell(gone(3));
    CHECK(job.said() == "scoop-run: host3 did not join the job: no route\n");
    CHECK(job.shown(3) == "host3 failed");
    CHECK(job.take().empty());
    job.tell(event::Greeted{2, hello()});
    job.tell(event::TakenIn{2});
    job.tell(event::Ready{2});
    CHECK(job.take() == Words{"take in 2: 4 5", "describe 2", "start 2",
                              "answer 7: 120 1 of 2 hosts did not join the job\n"
                              "  HOST   STEP     WHAT IT SAID, AND WHAT TO DO\n"
                              "  host3  connect  no route\n"
                              "                  -> check\n"
                              "host2 has joined the job, with ranks 4-5"});
    CHECK(job.phase() == "It runs");
}

TEST_CASE("another program, a node that fails, one that is late and one that falls silent do not join") {
    const auto answer_of = [](auto happens, const std::string& problem) {
        FakeJob job(1, std::nullopt, 0);
        job.start();
        job.tell(event::JoinAsked{7, {wish("a")}});
        happens(job);
        const Words words = job.take();
        const auto is_answer = [&](const std::string& word) {
            return word.starts_with("answer 7: 120 1 of 1 host did not join the job\n") && contains(word, problem);
        };
        CHECK_MESSAGE(std::count_if(words.begin(), words.end(), is_answer) == 1, problem);
        CHECK(std::count(words.begin(), words.end(), "start 1") == 0);
        job.tell(event::Ended{1});
        job.tell(gone(1));
        job.take();
        CHECK(job.shown(1) == "a failed");
        CHECK(job.phase() == "It runs");
        CHECK_FALSE(contains(job.said(), "lost host"));
    };
    const auto greet = [](FakeJob& job) { job.tell(event::Greeted{1, hello()}); };
    answer_of([](FakeJob& job) { job.tell(event::Greeted{1, hello("g()")}); }, "g()");
    answer_of(
        [&](FakeJob& job) {
            greet(job);
            job.tell(event::TakenIn{1, StartProblem{"broker", "no port is free", ""}});
        },
        "no port is free");
    answer_of(
        [&](FakeJob& job) {
            greet(job);
            job.tell(event::TakenIn{1});
            job.tell(event::Failed{1, {"call-back", "no way back", ""}});
        },
        "no way back");
    answer_of([](FakeJob& job) { job.pass(40s); }, "no answer");
    answer_of(
        [&](FakeJob& job) {
            greet(job);
            job.pass(16s);
        },
        "no sign of life");
}

TEST_CASE("a job that does not run yet or any more, and a host that is there, are refused") {
    FakeJob early(1);
    early.tell(event::JoinAsked{1, {wish("a")}});
    CHECK(early.take() == Words{"answer 1: 2 the program has not begun yet"});
    FakeJob job(2);
    job.start();
    NewHost same = wish("host1");
    same.same_as = 1;
    job.tell(event::JoinAsked{1, {same}});
    CHECK(job.take() == Words{"answer 1: 2 host1 is in the job already; name another host"});
    job.tell(gone(1));
    job.take();
    job.tell(event::JoinAsked{2, {same}});
    CHECK(job.take() == Words{"reach for 2"});
    job.tell(event::Signal{SIGTSTP});
    job.tell(event::JoinAsked{3, {wish("a")}});
    CHECK(job.take("answer 3: 2 the job is suspended; \"kill -CONT\" its scoop-run before"));
    job.tell(event::Signal{SIGCONT});
    job.tell(event::Exited{{0, 0}});
    const Words end = job.take();
    CHECK(std::any_of(end.begin(), end.end(), [](const std::string& word) {
        return word.starts_with("answer 2: 120 ") && contains(word, "the job ended before it had joined");
    }));
    job.tell(event::JoinAsked{4, {wish("a")}});
    CHECK(job.take("answer 4: 2 the job is ending"));
    job.take();
    job.said();
}
