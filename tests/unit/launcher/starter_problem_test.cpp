// What is told about a starter that did not bring a shell on its host.
#include "launcher/starter_problem.hpp"

#include <sys/wait.h>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

using namespace scoop::launcher;

StartEvidence evidence(std::vector<std::string> starter, int status, std::string errors) {
    StartEvidence evidence;
    evidence.host = "node1";
    evidence.program = "/opt/app";
    evidence.starter = std::move(starter);
    evidence.errors = std::move(errors);
    evidence.end.wait_status = W_EXITCODE(status, 0);
    return evidence;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a starter that fails is told with its words and with how to try it") {
    const auto found = diagnose_end(evidence({"docker", "exec", "-i", "node1", "sh"}, 1, "No such container: node1\n"));
    CHECK(found.step == "launcher");
    CHECK(found.said == "docker exited with status 1 before a shell on the host spoke\nNo such container: node1");
    CHECK(contains(found.advice, "echo echo hello | docker exec -i node1 sh"));
}

TEST_CASE("the words of ssh tell the step that it failed in") {
    const std::vector<std::pair<std::string, std::string>> known{
        {"ssh: Could not resolve hostname node1: Name or service not known", "resolve"},
        {"ssh: connect to host node1 port 22: Connection refused", "connect"},
        {"ssh: connect to host node1 port 22: No route to host", "connect"},
        {"No ED25519 host key is known for node1 and you have requested strict checking.\nHost key verification "
         "failed.",
         "host key"},
        {"ada@node1: Permission denied (publickey).", "auth"},
        {"/home/ada/.ssh/config: line 1: Bad configuration option: foo", "ssh config"},
        {"kex_exchange_identification: Connection closed by remote host", "ssh"},
        {"something else", "launcher"},
    };
    for (const auto& [words, step] : known) {
        CAPTURE(words);
        const auto found = diagnose_end(evidence({"/usr/bin/ssh", "node1", "sh"}, 255, words + "\n"));
        CHECK(found.step == step);
        CHECK(contains(found.said, words));
        CHECK_FALSE(contains(found.advice, "HOST"));
    }
    CHECK(contains(diagnose_end(evidence({"ssh", "node1", "sh"}, 255, "Host key verification failed.")).advice,
                   "`ssh node1`"));
    CHECK(diagnose_end(evidence({"rsh", "node1", "sh"}, 1, "Host key verification failed.")).step == "launcher");
}

TEST_CASE("a log-in that the server refused before it said a word is worth another one") {
    const std::string words =
        "kex_exchange_identification: read: Connection reset by peer\nConnection reset by a port 22\n";
    CHECK(is_refused_login(evidence({"/usr/bin/ssh", "a", "/bin/sh"}, 255, words)));
    CHECK_FALSE(is_refused_login(evidence({"ssh", "a", "/bin/sh"}, 255, "Permission denied (publickey).\n")));
    CHECK_FALSE(is_refused_login(evidence({"rsh", "a", "/bin/sh"}, 255, words)));
    auto spoken = evidence({"ssh", "a", "/bin/sh"}, 255, words);
    spoken.has_shell = true;
    CHECK_FALSE(is_refused_login(spoken));
}

TEST_CASE("once the shell has spoken, a starter's host is diagnosed as any other") {
    auto missing = evidence({"ssh", "node1", "sh"}, 127, "sh: 1: exec: /opt/app: not found\n");
    missing.has_shell = true;
    CHECK(diagnose_end(missing).exit_status == exit_not_found);
}

TEST_CASE("a starter that hangs is told with the step that it hangs in") {
    const auto hanging = evidence({"reach", "node1", "sh"}, 0, "waiting for node1\n");
    const auto found = diagnose_lateness(hanging, "program");
    CHECK(found.step == "launcher");
    CHECK(contains(found.said, "did not bring a shell on the host in time\nwaiting for node1"));
    auto late = hanging;
    late.has_shell = true;
    CHECK(diagnose_lateness(late, "program").step == "program");
    auto mute = hanging;
    mute.has_setup = true;
    CHECK(diagnose_lateness(mute, "program").step == "launcher");
    mute.call_back = CallBack::by_input;  // says nothing before it has ended
    CHECK(diagnose_lateness(mute, "program").step == "setup");
}

TEST_CASE("a node that cannot call back is told with its own words") {
    auto lost = evidence({"pbs_tmrsh", "node1", "/bin/sh"}, 120,
                         "greeting\nscoop: call scoop-run back: reach it: tcp://10.0.0.1:4000 (no answer in time)\n");
    lost.has_shell = true;
    lost.call_back = CallBack::by_file;
    CHECK(diagnose_end(lost).step == "call-back");
    CHECK(diagnose_end(lost).said == "scoop: call scoop-run back: reach it: tcp://10.0.0.1:4000 (no answer in time)");
    lost.call_back = CallBack::none;
    CHECK(diagnose_end(lost).step == "program");
}

TEST_CASE("a starter whose node calls back is tried in its own way") {
    auto silent = evidence({"pbs_tmrsh", "node1", "/bin/sh"}, 2, "");
    silent.call_back = CallBack::by_file;
    silent.call_directory = "/home/ada/.cache/scoop";
    CHECK(contains(diagnose_end(silent).advice, "ls -d '/home/ada/.cache/scoop'"));
    silent.call_back = CallBack::by_input;
    CHECK(contains(diagnose_end(silent).advice, "/bin/sh -c 'echo hello'"));
}
