// The guardian: starts the node process, waits for its end, and then kills every process that is still below it. It has
// one thread and does nothing else, so that nothing but SIGKILL can end it; the node process watches for that by the
// lifeline.
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "base/job_directory.hpp"
#include "base/process_tree.hpp"
#include "base/program_info.hpp"
#include "base/stage_directory.hpp"
#include "base/wait_status.hpp"
#include "node/end_core.hpp"
#include "node/lifeline.hpp"
#include "node/node.hpp"
#include "node/process_setup.hpp"
#include "node/spawn.hpp"
#include "protocol/control.hpp"

namespace scoop::node {

namespace {

constexpr int status_internal_error = 125;
// For processes whose node died: they were not asked to end before.
constexpr std::chrono::seconds orphan_grace{1};

[[noreturn]] void give_up(const base::Failure& failure) {
    say_on_stderr(failure.sentence());
    ::_exit(status_internal_error);
}

// A local node shares the launcher's session and foreground group, so that a local root has the terminal. Every other
// leaves its session: no key pressed and no terminal closed anywhere reaches it.
void leave_session_without_terminal() {
    for (const int fd : {0, 1, 2})
        if (::isatty(fd) == 1) return;
    ::setsid();  // refused when sshd or srun has made us a leader already
}

base::Result<pid_t> start_node(int lifeline_fd) {
    SpawnRequest request;
    request.program = base::program_path();
    request.arguments = base::program_arguments();
    request.environment = environment_for_role("broker", current_environment());
    request.descriptors = {{control::node_read_fd, control::node_read_fd},
                           {control::node_write_fd, control::node_write_fd},
                           {lifeline_fd, lifeline_fd_in_node}};
    return spawn(request);
}

// Reaps whatever has ended. Returns the node's wait status if it was among them.
std::optional<int> reap(pid_t node_pid, bool& has_children) {
    std::optional<int> node_status;
    int status = 0;
    pid_t pid = 0;
    while ((pid = ::waitpid(-1, &status, WNOHANG)) > 0)
        if (pid == node_pid) node_status = status;
    has_children = pid == 0;
    return node_status;
}

void pass_on_signals(int signal_fd, pid_t node_pid) {
    while (const int number = next_signal(signal_fd).number)
        if (number == SIGTERM || number == SIGHUP) ::kill(node_pid, SIGTERM);
}

// The files of --stage, whose directory is ours to remove; empty if there is none. Nobody below learns of that.
std::string take_stage_directory() {
    const char* variable = std::getenv(base::stage_owner_variable);
    std::string directory = variable != nullptr ? variable : "";
    ::unsetenv(base::stage_owner_variable);
    return directory;
}

// Until the node process has ended; returns how.
int watch_node(pid_t node_pid, int signal_fd, GuardianLifeline& lifeline) {
    for (;;) {
        pollfd descriptors[] = {{signal_fd, POLLIN, 0}, {lifeline.fd(), POLLIN, 0}};
        ::poll(descriptors, 2, -1);
        lifeline.read();
        pass_on_signals(signal_fd, node_pid);
        bool has_children = true;
        if (const auto status = reap(node_pid, has_children)) return *status;
    }
}

void kill_descendants(int signal_fd) {
    const auto begin = base::Clock::now();
    EndCore end(begin, begin + orphan_grace);
    for (auto now = begin; !end.has_given_up(now); now = base::Clock::now()) {
        bool has_children = true;
        reap(0, has_children);
        if (!has_children) return;
        std::vector<pid_t> pids;
        for (const auto& process : base::descendants_of(::getpid(), base::read_process_table()))
            pids.push_back(process.pid);
        for (const auto& signal : end.on_turn(now, pids)) ::kill(signal.pid, signal.number);

        const auto pause = std::chrono::ceil<std::chrono::milliseconds>(end.next_turn(now) - now);
        pollfd child_ended{signal_fd, POLLIN, 0};
        ::poll(&child_ended, 1, static_cast<int>(pause.count()));
        while (next_signal(signal_fd).number != 0) {
        }
    }
}

// As the node did, so that whoever waits for us learns it.
[[noreturn]] void end_like_node(int status) {
    if (WIFSIGNALED(status)) {
        say_on_stderr("the node process " + base::describe_wait_status(status));
        const int number = WTERMSIG(status);
        const rlimit no_core{0, 0};  // it would be ours, not the node's
        ::setrlimit(RLIMIT_CORE, &no_core);
        ::signal(number, SIG_DFL);
        sigset_t own;
        ::sigemptyset(&own);
        ::sigaddset(&own, number);
        ::sigprocmask(SIG_UNBLOCK, &own, nullptr);
        ::raise(number);
    }
    ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : status_internal_error);
}

}  // namespace

void run_guardian() {
    if (auto prepared = prepare_descriptors(); !prepared) give_up(prepared.error());
    leave_session_without_terminal();
    const std::string stage_directory = take_stage_directory();
    become_subreaper();
    // SIGINT, SIGQUIT, SIGTSTP, SIGTTIN and SIGTTOU of a shared terminal are the launcher's to judge; SIGUSR1, SIGUSR2
    // and SIGXCPU, which a batch system sends to all processes of a job, are for the root.
    auto signals =
        take_signals({SIGCHLD, SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SIGUSR1, SIGUSR2, SIGXCPU});
    if (!signals) give_up(signals.error());
    auto ends = base::make_socket_pair();
    if (!ends) give_up(ends.error());
    GuardianLifeline lifeline(std::move(ends->first));

    const auto node_pid = start_node(ends->second.get());
    if (!node_pid) give_up(node_pid.error());
    ends->second.reset();
    // The channel ends with the node process, so the launcher sees its end at once.
    ::close(control::node_read_fd);
    ::close(control::node_write_fd);

    const int status = watch_node(*node_pid, signals->get(), lifeline);
    lifeline.read();
    kill_descendants(signals->get());
    if (!lifeline.directory().empty()) base::remove_job_directory(lifeline.directory());
    if (!stage_directory.empty()) base::remove_stage_directory(stage_directory);
    end_like_node(status);
}

}  // namespace scoop::node
