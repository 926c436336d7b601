#include "launcher/starter_problem.hpp"

#include <string_view>

#include "base/wait_status.hpp"
#include "launcher/command_words.hpp"
#include "launcher/start_command.hpp"

namespace scoop::launcher {

namespace {

// What OpenSSH's client writes (ssh.c, sshconnect.c, readconf.c, misc.c), and the step that it failed in.
struct SshPhrase {
    std::string_view phrase;
    const char* step;
    const char* advice;  ///< "HOST" stands for the host
};

constexpr std::string_view refused_login_phrase = "kex_exchange_identification";

constexpr SshPhrase ssh_phrases[] = {
    {"REMOTE HOST IDENTIFICATION HAS CHANGED", "host key",
     "somebody may be in between. If the host was installed anew, remove its line: ssh-keygen -R HOST"},
    {"Host key verification failed", "host key",
     "connect once with `ssh HOST` and compare the key, or accept new keys with --ssh-accept-new"},
    {"Could not resolve hostname", "resolve", "check the spelling, or give the host a HostName in ~/.ssh/config"},
    {"Permission denied (", "auth",
     "`ssh HOST true` must work without a question: ssh-copy-id puts a key there, ssh-add opens one with a passphrase"},
    {"Too many authentication failures", "auth", "name the right key with --ssh-identity, or in ~/.ssh/config"},
    {"ad configuration option", "ssh config", "correct the file that the line above names"},
    {"Connection refused", "connect", "does an SSH server listen there?"},
    {"ssh: connect to host", "connect", "is the host up, and no firewall in between?"},
    {refused_login_phrase, "ssh", "sshd may have too many log-ins under way (MaxStartups); try again"},
};

std::string with_host(std::string text, const std::string& host) {
    constexpr std::string_view word = "HOST";
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + host.size()))
        text.replace(at, word.size(), host);
    return text;
}

bool is_ssh(const StartEvidence& evidence) {
    const std::string& program = evidence.starter.front();
    return program.substr(program.rfind('/') + 1) == "ssh";
}

std::string advice_to_try(const StartEvidence& evidence) {
    auto words = evidence.starter;
    // By -c, as the node is started. What it says is in the files of the job.
    if (evidence.call_back == CallBack::by_file) {
        words.insert(words.end(), {"-c", "ls -d " + quote_for_sh(evidence.call_directory)});
        return "see what this writes into the job's output files: " + shell_quoted(words) +
               "; the host must share that directory with this one (XDG_CACHE_HOME names another), or use --launcher "
               "ssh";
    }
    if (evidence.call_back == CallBack::by_input) {
        words.insert(words.end(), {"-c", "echo hello"});
        return "see what this says; it should say hello: " + shell_quoted(words);
    }
    return "see what this says; it should say hello: echo echo hello | " + shell_quoted(evidence.starter);
}

}  // namespace

StartProblem diagnose_starter_end(const StartEvidence& evidence) {
    const std::string how =
        evidence.end.wait_status ? base::describe_wait_status(*evidence.end.wait_status) : "closed its channel";
    StartProblem problem{
        "launcher",
        with_words_of_host(evidence.starter.front() + " " + how + " before a shell on the host spoke", evidence),
        advice_to_try(evidence)};
    if (!is_ssh(evidence)) return problem;
    for (const SshPhrase& known : ssh_phrases) {
        if (evidence.errors.find(known.phrase) == std::string::npos) continue;
        problem.step = known.step;
        problem.advice = with_host(known.advice, evidence.host);
        break;
    }
    return problem;
}

bool is_refused_login(const StartEvidence& evidence) {
    return is_ssh(evidence) && !evidence.has_shell && evidence.noise.empty() &&
           evidence.errors.find(refused_login_phrase) != std::string::npos;
}

StartProblem diagnose_starter_lateness(const StartEvidence& evidence) {
    // flux exec passes on what the shell says when it has ended.
    if (evidence.has_setup && evidence.call_back == CallBack::by_input)
        return {
            "setup",
            with_words_of_host(evidence.starter.front() + " did not bring a shell on the host, or the set-up there " +
                                   "did not end, in time",
                               evidence),
            "look at the host, or give it more time with --start-timeout"};
    return {"launcher",
            with_words_of_host(evidence.starter.front() + " did not bring a shell on the host in time", evidence),
            advice_to_try(evidence)};
}

}  // namespace scoop::launcher
