// What is told about a host that could not be started.
#include "launcher/start_problem.hpp"

#include <sys/wait.h>

#include <doctest/doctest.h>

#include <cerrno>

namespace {

using namespace scoop::launcher;

StartEvidence remote_evidence(int wait_status, std::string errors) {
    StartEvidence evidence;
    evidence.host = "node1";
    evidence.program = "/opt/app";
    evidence.has_shell = true;
    evidence.errors = std::move(errors);
    evidence.end.wait_status = wait_status;
    return evidence;
}

HostProblem problem(const std::string& host, int status) { return {host, {"program", "said", "do", status}}; }

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a shell that does not find the program means that it is missing there") {
    const auto found = diagnose_end(remote_evidence(W_EXITCODE(127, 0), "sh: 1: exec: /opt/app: not found\n"));
    CHECK(found.step == "program");
    CHECK(contains(found.said, "there is no /opt/app"));
    CHECK(found.exit_status == exit_not_found);
}

TEST_CASE("of a host that is not found or reached it is told where the user named it") {
    StartEvidence evidence;
    evidence.host = "nod1";
    evidence.origin = "hosts.txt:3";
    for (const char* step : {"resolve", "connect"}) {
        evidence.end.problem = StartProblem{step, "the reason", "do"};
        CHECK(diagnose_end(evidence).said == "the reason\nthe host is named by hosts.txt:3");
        CHECK(diagnose_lateness(evidence, step).said == "not done in time\nthe host is named by hosts.txt:3");
    }
    evidence.end.problem = StartProblem{"auth", "the reason", "do"};
    CHECK(diagnose_end(evidence).said == "the reason");
    evidence.end.problem = StartProblem{"resolve", "the reason", "do"};
    evidence.origin.clear();
    CHECK(diagnose_end(evidence).said == "the reason");
}

TEST_CASE("a missing library is named, not taken for a missing program") {
    const auto found = diagnose_end(
        remote_evidence(W_EXITCODE(127, 0),
                        "/opt/app: error while loading shared libraries: libx.so.1: cannot open shared object file\n"));
    CHECK(found.step == "library");
    CHECK(contains(found.said, "libx.so.1"));
    CHECK(found.exit_status == exit_start_failed);
}

TEST_CASE("of a library that is missing there it is told where our own machine has it, of several all") {
    const std::string line =
        "/opt/app: error while loading shared libraries: libx.so.1: cannot open shared object file";
    auto evidence = remote_evidence(W_EXITCODE(127, 0), line + "\n");
    evidence.libraries_here = {{"libx.so.1", "/opt/x/lib/libx.so.1"}, {"libz.so.1", "/lib/libz.so.1"}};
    auto found = diagnose_end(evidence);
    CHECK(found.said == line + "\nlibx.so.1 is on our own machine: /opt/x/lib/libx.so.1");
    CHECK(contains(found.advice, "with --stage-file /opt/x/lib/libx.so.1, or"));
    evidence.errors = "\tlibx.so.1 => not found\n\tliby.so.2 => not found\n" + line + "\n";
    found = diagnose_end(evidence);
    CHECK(found.said == line + "\nlibx.so.1 is on our own machine: /opt/x/lib/libx.so.1\nliby.so.2 is missing");
    evidence.libraries_here.clear();
    CHECK(contains(diagnose_end(evidence).advice, "with --stage-file FILE, or"));
}

TEST_CASE("a library that is too old there is told as that") {
    const std::string line = "/opt/app: /lib/libc.so.6: version `GLIBC_2.38' not found (required by /opt/app)";
    const auto found = diagnose_end(remote_evidence(W_EXITCODE(1, 0), line + "\n"));
    CHECK(found.step == "library");
    CHECK(found.said == line);
    CHECK(contains(found.advice, "older there than where the program was built"));
}

TEST_CASE("what a local program lacks is told from what it is: an ELF file or a script, which are there") {
    StartEvidence evidence;
    evidence.program = "/opt/app";
    evidence.is_local = true;
    evidence.end.wait_status = W_EXITCODE(127, 0);
    SUBCASE("library") {
        evidence.program_facts = {FileKind::elf, "x86_64", true};
        const auto found = diagnose_end(evidence);
        CHECK(found.step == "library");
        CHECK(contains(found.said, "a shared library that it needs is missing; the line above says which"));
        CHECK(found.exit_status == exit_start_failed);
    }
    SUBCASE("program") {
        evidence.program_facts.kind = FileKind::script;
        const auto found = diagnose_end(evidence);
        CHECK(found.step == "program");
        CHECK(contains(found.said, "the script starts a program that does not exist; the line above says which"));
        CHECK(found.exit_status == exit_not_found);
    }
}

TEST_CASE("a script of another host that lacks its program is not taken for missing") {
    auto evidence = remote_evidence(W_EXITCODE(127, 0), "/usr/bin/env: 'pyhton3': No such file or directory\n");
    evidence.program_facts.kind = FileKind::script;
    const auto found = diagnose_end(evidence);
    CHECK(contains(found.said, "the script starts a program that does not exist\n/usr/bin/env: 'pyhton3'"));
    CHECK(contains(diagnose_end(remote_evidence(W_EXITCODE(127, 0), "/opt/app: 2: exec: x: not found\n")).said,
                   "exec: x: not found"));
}

TEST_CASE("a program for another architecture is told with both") {
    const FileFacts arm{FileKind::elf, "aarch64", true};
    for (const int error_number : {ENOEXEC, ENOENT}) {
        const auto found = diagnose_spawn("/opt/app", arm, "x86_64", error_number);
        CHECK(found.said == "/opt/app is built for aarch64, and this host is x86_64");
        CHECK(found.exit_status == exit_not_a_program);
    }
    CHECK(contains(diagnose_spawn("/opt/app", {FileKind::elf, "x86_64", true}, "x86_64", ENOEXEC).said,
                   "cannot execute"));
    CHECK(contains(diagnose_spawn("/opt/app", {FileKind::script, "", false}, "x86_64", ENOENT).said, "interpreter"));

    // The host's shell may try it as a script, so its words are of little use.
    auto evidence = remote_evidence(W_EXITCODE(2, 0), "/opt/app: 1: Syntax error: word unexpected\n");
    evidence.program_facts = arm;
    CHECK(contains(diagnose_end(evidence).said, "is a scoop program for aarch64"));
    evidence.end.wait_status = W_EXITCODE(126, 0);
    CHECK(contains(diagnose_end(evidence).advice, "is for aarch64"));
}

TEST_CASE("the advice of a failure is given once") {
    const auto problem = problem_of("node", scoop::base::Failure{"start", "too late", "run it again"});
    CHECK(problem.said == "start: too late");
    CHECK(problem.advice == "run it again");
}

TEST_CASE("a program that cannot be executed is told from one that is missing") {
    const auto found = diagnose_end(remote_evidence(W_EXITCODE(126, 0), "sh: 1: exec: /opt/app: Permission denied\n"));
    CHECK(found.step == "program");
    CHECK(contains(found.said, "Permission denied"));
    CHECK(found.exit_status == exit_not_a_program);
}

TEST_CASE("a program that ends without a word is no scoop program") {
    CHECK(diagnose_end(remote_evidence(W_EXITCODE(0, 0), "")).exit_status == exit_not_a_program);
    CHECK(diagnose_end(remote_evidence(W_EXITCODE(3, 0), "")).exit_status == exit_not_a_program);
    const auto crashed = diagnose_end(remote_evidence(W_EXITCODE(0, 11), ""));
    CHECK(crashed.exit_status == exit_start_failed);
    CHECK(contains(crashed.said, "signal 11"));
}

TEST_CASE("a set-up that fails or does not end is told from a program that does") {
    auto evidence = remote_evidence(W_EXITCODE(1, 0), "module: not found\n");
    evidence.has_setup = true;
    const auto failed = diagnose_end(evidence);
    CHECK(failed.step == "setup");
    CHECK(failed.said == "the shell that runs the set-up exited with status 1\nmodule: not found");
    CHECK(failed.exit_status == exit_start_failed);
    CHECK(diagnose_lateness(evidence, "program").step == "setup");
    evidence.is_setup_done = true;
    CHECK(diagnose_end(evidence).step == "program");
    CHECK(diagnose_lateness(evidence, "program").step == "program");
}

TEST_CASE("without the shell's own line the login shell is to blame, and what it printed is shown") {
    auto evidence = remote_evidence(W_EXITCODE(1, 0), "");
    evidence.has_shell = false;
    evidence.noise = "This account is currently not available.\n";
    const auto found = diagnose_end(evidence);
    CHECK(found.step == "shell");
    CHECK(contains(found.said, "not available"));
    CHECK(found.exit_status == exit_start_failed);
}

TEST_CASE("what the starter itself knows comes before all guesses") {
    StartEvidence evidence;
    evidence.end.problem = StartProblem{"resolve", "no such name", "check it"};
    CHECK(diagnose_end(evidence).step == "resolve");
}

TEST_CASE("a host that has not got all files is told with how many it has") {
    StartEvidence evidence;
    evidence.host = "node1";
    evidence.has_shell = true;
    evidence.has_setup = true;
    evidence.is_staging = true;
    evidence.stage_progress = "1 of 2 files, 10 bytes of 20 bytes";
    for (const auto& problem : {diagnose_lateness(evidence, "program"), diagnose_end(evidence)}) {
        CHECK(problem.step == "stage");
        CHECK(contains(problem.said, "1 of 2 files, 10 bytes of 20 bytes"));
    }
    evidence.is_staging = false;
    CHECK(diagnose_lateness(evidence, "program").step == "setup");
    CHECK(diagnose_end(evidence).step == "setup");
}

TEST_CASE("a host that is late is told with how far it came") {
    StartEvidence evidence;
    evidence.host = "node1";
    evidence.program = "/opt/app";
    CHECK(diagnose_lateness(evidence, "auth").step == "auth");
    CHECK(diagnose_lateness(evidence, "program").step == "shell");
    evidence.has_shell = true;
    evidence.errors = "loading modules\n";
    const auto late = diagnose_lateness(evidence, "program");
    CHECK(late.step == "program");
    CHECK(contains(late.said, "/opt/app did not reach scoop::run"));
    CHECK(contains(late.said, "loading modules"));
    evidence.is_node = true;
    CHECK(diagnose_lateness(evidence, "program").step == "node");
}

TEST_CASE("a node that ends before the start is told with its last words") {
    auto evidence = remote_evidence(W_EXITCODE(0, 6), "terminate called\n");
    evidence.is_node = true;
    const auto found = diagnose_end(evidence);
    CHECK(found.step == "node");
    CHECK(contains(found.said, "signal 6"));
    CHECK(contains(found.said, "terminate called"));
}

TEST_CASE("the status is the one that all hosts of the job agree on") {
    CHECK(status_of_problems({problem("a", 127)}, 1) == 127);
    CHECK(status_of_problems({problem("a", 127), problem("b", 127)}, 2) == 127);
    CHECK(status_of_problems({problem("a", 126)}, 1) == 126);
    CHECK(status_of_problems({problem("a", 127)}, 2) == exit_start_failed);
    CHECK(status_of_problems({problem("a", 127), problem("b", 126)}, 2) == exit_start_failed);
}

TEST_CASE("the table names host, step, words and advice, and lets no host steer the terminal") {
    const std::string table = problem_table(
        {{"node1", {"auth", "refused\nby \x1b[31mmy rules", "add a key"}}, {"n2", {"host key", "unknown", "", 120}}},
        3);
    CHECK(table ==
          "scoop-run: the job did not start: 2 of 3 hosts failed\n"
          "  HOST   STEP      WHAT IT SAID, AND WHAT TO DO\n"
          "  node1  auth      refused\n"
          "                   by \\x1b[31mmy rules\n"
          "                   -> add a key\n"
          "  n2     host key  unknown\n");
}
