#include "launcher/start_problem.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sstream>
#include <utility>

#include "base/wait_status.hpp"
#include "launcher/starter_problem.hpp"
#include "protocol/start_text.hpp"

namespace scoop::launcher {

namespace {

constexpr std::size_t shown_lines_max = 5;

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        if (line.find_first_not_of(" \t\r") != std::string::npos) lines.push_back(line);
    return lines;
}

std::string last_lines(const std::string& text) {
    const auto lines = lines_of(text);
    std::string result;
    for (std::size_t k = lines.size() > shown_lines_max ? lines.size() - shown_lines_max : 0; k < lines.size(); ++k)
        result += (result.empty() ? "" : "\n") + lines[k];
    return result;
}

// The last line that holds `phrase`; empty if there is none.
std::string line_with(const std::string& text, std::string_view phrase) {
    std::string found;
    for (const auto& line : lines_of(text))
        if (line.find(phrase) != std::string::npos) found = line;
    return found;
}

std::string how_it_ended(const SessionEnd& end) {
    return end.wait_status ? base::describe_wait_status(*end.wait_status) : "closed its channel";
}

bool has_exit_status(const SessionEnd& end, int status) {
    return end.wait_status && WIFEXITED(*end.wait_status) && WEXITSTATUS(*end.wait_status) == status;
}

bool is_in_setup(const StartEvidence& evidence) { return evidence.has_setup && !evidence.is_setup_done; }

std::string where_to_try_setup(const StartEvidence& evidence) {
    if (evidence.is_local) return "in a shell";
    if (!evidence.starter.empty()) return "on the host, in a login shell";
    return "on the host, in the login shell that `ssh " + evidence.host + "` gives";
}

StartProblem missing_program(const StartEvidence& evidence) {
    return {"program", "there is no " + evidence.program + " on this host",
            "copy the program to the same path there, use --stage, or start it from a directory that all hosts share",
            exit_not_found};
}

// The shell names the program that it cannot find behind its own name: "sh: 1: exec: /opt/app: not found". What its
// path says instead of "{arch}" is known there only.
bool is_missing(const StartEvidence& evidence) {
    const std::string path = evidence.program.substr(0, evidence.program.find("{arch}"));
    return !evidence.is_local &&
           (lines_of(evidence.errors).empty() || !line_with(evidence.errors, ": " + path).empty());
}

// Status 127 of a program that is there. A local one says why on our stderr, before we do.
StartProblem missing_part(const StartEvidence& evidence) {
    const FileKind kind = evidence.program_facts.kind;
    const std::string part = kind == FileKind::script ? "the script starts a program that does not exist"
                             : kind == FileKind::elf  ? "a shared library that it needs is missing"
                                                      : "a program or a shared library that it needs is missing";
    const std::string sentence = evidence.program + " " + how_it_ended(evidence.end) + ": " + part +
                                 (evidence.is_local ? "; the line above says which" : "");
    if (kind == FileKind::script)
        return {"program", with_words_of_host(sentence, evidence),
                "check the first line of the script and the program that it executes", exit_not_found};
    return {kind == FileKind::elf ? "library" : "program", with_words_of_host(sentence, evidence),
            "install it on this host; LD_LIBRARY_PATH names further directories of libraries"};
}

// A host whose loader does not find a library, or finds one that is too old.
std::optional<StartProblem> lacking_library(const StartEvidence& evidence) {
    constexpr std::string_view too_old = "' not found (required by ";
    if (auto line = line_with(evidence.errors, too_old); !line.empty())
        return StartProblem{"library", std::move(line),
                            "that library is older there than where the program was built: build it on the oldest of "
                            "the hosts, or install the newer library on this one"};
    StartProblem problem{"library", line_with(evidence.errors, "error while loading shared libraries"), ""};
    if (problem.said.empty()) return std::nullopt;
    const auto missing = missing_libraries(evidence.errors);
    std::string files;
    for (const std::string& name : missing) {
        const auto here = evidence.libraries_here.find(name);
        const bool is_here = here != evidence.libraries_here.end();
        if (is_here) files += " --stage-file " + here->second;
        if (is_here || missing.size() > 1)
            problem.said += "\n" + name + (is_here ? " is on our own machine: " + here->second : " is missing");
    }
    problem.advice = std::string(missing.size() > 1 ? "install the libraries" : "install the library") +
                     " on this host, bring along what is missing with" +
                     (files.empty() ? " --stage-file FILE" : files) +
                     ", or tell its loader: --setup 'export LD_LIBRARY_PATH=DIRECTORY'";
    return problem;
}

StartProblem ended_early(const StartEvidence& evidence) {
    // A program killed on its way to scoop::run may well be a scoop program; one that ends by itself is none.
    const bool was_killed = evidence.end.wait_status && WIFSIGNALED(*evidence.end.wait_status);
    const int status = was_killed ? exit_start_failed : exit_not_a_program;
    const std::string sentence =
        evidence.program + " " + how_it_ended(evidence.end) + " before it reached scoop::run: ";
    if (evidence.program_facts.has_scoop_note && !evidence.is_local)
        return {"program",
                with_words_of_host(sentence + "the file on our own machine is a scoop program for " +
                                       evidence.program_facts.architecture,
                                   evidence),
                "check that the file on this host is the same and that the host is of that architecture", status};
    return {"program", with_words_of_host(sentence + "it is not a scoop program, or it ended too early", evidence),
            "main must call scoop::run; a script must exec a program that does", status};
}

std::string some_of(std::size_t count, std::size_t all) {
    return std::to_string(count) + " of " + std::to_string(all) + (all == 1 ? " host" : " hosts");
}

}  // namespace

StartProblem problem_of(std::string step, base::Failure failure) {
    std::string advice = std::exchange(failure.advice, {});
    return {std::move(step), failure.sentence(), std::move(advice)};
}

std::string with_words_of_host(std::string sentence, const StartEvidence& evidence) {
    for (const std::string* text : {&evidence.errors, &evidence.noise})
        if (const auto words = last_lines(*text); !words.empty()) sentence += "\n" + words;
    return sentence;
}

StartProblem diagnose_spawn(const std::string& program, const FileFacts& facts, const std::string& here,
                            int error_number) {
    const std::string reason = std::strerror(error_number);
    const bool is_foreign = facts.kind == FileKind::elf && facts.architecture != here;
    if (is_foreign && (error_number == ENOEXEC || error_number == ENOENT))
        return {"program", program + " is built for " + facts.architecture + ", and this host is " + here,
                "build it for this architecture", exit_not_a_program};
    if (error_number == ENOEXEC)
        return {"program", "this host (" + here + ") cannot execute " + program + ": " + reason,
                "build it for this architecture; a script needs a first line such as #!/bin/sh", exit_not_a_program};
    if (error_number == ENOENT)
        return {"program", program + " cannot be executed: its interpreter or loader does not exist",
                "check the first line of a script; a program may be built for another system", exit_not_a_program};
    if (error_number == EACCES)
        return {"program", program + " cannot be executed: " + reason, "make it executable: chmod +x",
                exit_not_a_program};
    return {"program", "start " + program + ": " + reason, "", exit_start_failed};
}

namespace {

StartProblem late_problem(const StartEvidence& evidence, const std::string& step) {
    const char* advice = "look at the host, or give it more time with --start-timeout";
    if (evidence.is_node) return {"node", with_words_of_host("its node was not ready in time", evidence), advice};
    if (step == "program" && !evidence.has_shell && !evidence.starter.empty())
        return diagnose_starter_lateness(evidence);
    if (step == "program" && !evidence.has_shell && !evidence.is_local)
        return {"shell", with_words_of_host("its login shell did not run our command in time", evidence), advice};
    if (step == "program" && evidence.is_staging)
        return {
            "stage",
            with_words_of_host("the files of --stage were not copied in time: " + evidence.stage_progress, evidence),
            advice};
    if (step == "program" && is_in_setup(evidence))
        return {"setup", with_words_of_host("the set-up did not end in time", evidence), advice};
    if (step == "program")
        return {step, with_words_of_host(evidence.program + " did not reach scoop::run in time", evidence), advice};
    return {step, "not done in time", advice};
}

StartProblem end_problem(const StartEvidence& evidence) {
    if (evidence.end.problem) return *evidence.end.problem;
    if (evidence.is_node)
        return {"node", with_words_of_host("its node " + how_it_ended(evidence.end), evidence), "run it again with -v"};
    if (!evidence.has_shell && !evidence.starter.empty()) return diagnose_starter_end(evidence);
    if (!evidence.is_local && !evidence.has_shell)
        return {
            "shell",
            with_words_of_host("the login shell " + how_it_ended(evidence.end) + " before it ran our command",
                               evidence),
            "see what `ssh " + evidence.host + " sh -c true` says; the files that the shell reads at login may end it"};
    if (evidence.is_staging)
        return {"stage",
                with_words_of_host("the shell that receives the files of --stage " + how_it_ended(evidence.end) +
                                       " before all had come: " + evidence.stage_progress,
                                   evidence),
                "run it again with -v; the host needs sh, mktemp, head, cksum and chmod"};
    if (is_in_setup(evidence))
        return {"setup", with_words_of_host("the shell that runs the set-up " + how_it_ended(evidence.end), evidence),
                "try the text of --setup " + where_to_try_setup(evidence)};
    if (evidence.call_back != CallBack::none)
        if (auto line = line_with(evidence.errors, protocol::call_attempt); !line.empty())
            return {"call-back", std::move(line), ""};
    if (auto lacking = lacking_library(evidence)) return std::move(*lacking);
    if (has_exit_status(evidence.end, 127))
        return is_missing(evidence) ? missing_program(evidence) : missing_part(evidence);
    if (!evidence.is_local && has_exit_status(evidence.end, 126))
        return {"program", with_words_of_host(evidence.program + " cannot be executed on this host", evidence),
                "check that it is executable there and built for that architecture" +
                    (evidence.program_facts.kind == FileKind::elf
                         ? "; the file on our own machine is for " + evidence.program_facts.architecture
                         : std::string()),
                exit_not_a_program};
    return ended_early(evidence);
}

// A host that cannot be reached may be a slip of the pen: who reads this wants to see the line.
StartProblem with_origin(StartProblem problem, const StartEvidence& evidence) {
    const bool is_about_name = problem.step == "resolve" || problem.step == "connect";
    if (is_about_name && !evidence.origin.empty()) problem.said += "\nthe host is named by " + evidence.origin;
    return problem;
}

}  // namespace

StartProblem diagnose_end(const StartEvidence& evidence) { return with_origin(end_problem(evidence), evidence); }

StartProblem diagnose_lateness(const StartEvidence& evidence, const std::string& step) {
    return with_origin(late_problem(evidence, step), evidence);
}

std::string printable(std::string_view text) {
    constexpr char digits[] = "0123456789abcdef";
    std::string result;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '\n' || c == '\t' || c == '\r') {
            result += ' ';
        } else if (byte < 0x20 || byte == 0x7f) {
            result += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
        } else {
            result += c;
        }
    }
    return result;
}

std::string problem_rows(const std::vector<HostProblem>& problems) {
    std::size_t host_width = 4;
    std::size_t step_width = 4;
    for (const auto& [host, problem] : problems) {
        host_width = std::max(host_width, printable(host).size());
        step_width = std::max(step_width, problem.step.size());
    }
    const auto entry = [&](std::string host, std::string step, std::string_view text) {
        host.resize(std::max(host_width, host.size()), ' ');
        step.resize(std::max(step_width, step.size()), ' ');
        return "  " + host + "  " + step + "  " + std::string(text) + "\n";
    };
    std::string table = entry("HOST", "STEP", "WHAT IT SAID, AND WHAT TO DO");
    for (const auto& [host, problem] : problems) {
        std::string name = printable(host);
        std::string step = problem.step;
        for (const auto& line : lines_of(problem.said.empty() ? "nothing" : problem.said)) {
            table += entry(std::exchange(name, ""), std::exchange(step, ""), printable(line));
        }
        if (!problem.advice.empty()) table += entry(name, step, "-> " + printable(problem.advice));
    }
    return table;
}

std::string problem_table(const std::vector<HostProblem>& problems, std::size_t hosts_in_all) {
    return "scoop-run: the job did not start: " + some_of(problems.size(), hosts_in_all) + " failed\n" +
           problem_rows(problems);
}

std::string left_out_table(const std::vector<HostProblem>& problems, std::size_t hosts_in_all) {
    return "scoop-run: the job goes on without " + some_of(problems.size(), hosts_in_all) + "\n" +
           problem_rows(problems);
}

std::string not_joined_table(const std::vector<HostProblem>& problems, std::size_t hosts_in_all) {
    return some_of(problems.size(), hosts_in_all) + " did not join the job\n" + problem_rows(problems);
}

int status_of_problems(const std::vector<HostProblem>& problems, std::size_t hosts_in_all) {
    if (problems.empty() || problems.size() != hosts_in_all) return exit_start_failed;
    const int status = problems.front().problem.exit_status;
    const bool is_agreed = std::all_of(problems.begin(), problems.end(),
                                       [&](const HostProblem& one) { return one.problem.exit_status == status; });
    return is_agreed ? status : exit_start_failed;
}

}  // namespace scoop::launcher
