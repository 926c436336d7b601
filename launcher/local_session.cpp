#include "launcher/local_session.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string_view>
#include <utility>

#include "base/process_tree.hpp"
#include "base/program_info.hpp"
#include "launcher/program_file.hpp"
#include "protocol/control.hpp"

namespace scoop::launcher {

namespace {

// What posix_spawn must be told: descriptors, signals. Freed at the end of the scope.
class SpawnPlan {
public:
    SpawnPlan() {
        posix_spawn_file_actions_init(&files_);
        posix_spawnattr_init(&attributes_);
    }
    ~SpawnPlan() {
        posix_spawn_file_actions_destroy(&files_);
        posix_spawnattr_destroy(&attributes_);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;

    void set_standard_streams() {
        if (::isatty(STDIN_FILENO) == 0)
            posix_spawn_file_actions_addopen(&files_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        if (::isatty(STDOUT_FILENO) == 0) posix_spawn_file_actions_adddup2(&files_, STDERR_FILENO, STDOUT_FILENO);
    }
    // dup2 clears close-on-exec on the copies. The ends are above 4 (see start), so no copy overwrites an original.
    void set_channel(int read_fd, int write_fd) {
        posix_spawn_file_actions_adddup2(&files_, read_fd, control::node_read_fd);
        posix_spawn_file_actions_adddup2(&files_, write_fd, control::node_write_fd);
    }
    // The launcher blocks the signals it reads from a descriptor and ignores SIGPIPE; a program expects neither.
    void set_signals() {
        sigset_t none;
        sigemptyset(&none);
        posix_spawnattr_setsigmask(&attributes_, &none);
        sigset_t pipe;
        sigemptyset(&pipe);
        sigaddset(&pipe, SIGPIPE);
        posix_spawnattr_setsigdefault(&attributes_, &pipe);
        posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    int spawn(pid_t& process, const std::string& program, char** arguments, char** environment) {
        return ::posix_spawn(&process, program.c_str(), &files_, &attributes_, arguments, environment);
    }

private:
    posix_spawn_file_actions_t files_{};
    posix_spawnattr_t attributes_{};
};

enum class Starts { node, shell_of_setup };

// The environment with the role put in for a node, which a set-up must not take for itself; any other role variable
// came from a job around us and is dropped.
std::vector<std::string> make_environment(Starts what) {
    const std::string prefix = std::string(control::role_variable) + "=";
    std::vector<std::string> variables;
    for (char** variable = environ; *variable != nullptr; ++variable)
        if (!std::string_view(*variable).starts_with(prefix)) variables.emplace_back(*variable);
    if (what == Starts::node) variables.push_back(prefix + "node");
    return variables;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (auto& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

StartProblem system_problem(const base::Failure& failure) { return problem_of("program", failure); }

}  // namespace

StartResult<std::unique_ptr<LocalSession>> LocalSession::start(const NodeStart& node) {
    auto down = base::make_pipe();
    if (!down) return tl::unexpected(system_problem(down.error()));
    auto up = base::make_pipe();
    if (!up) return tl::unexpected(system_problem(up.error()));
    auto node_read = base::move_above(std::move(down->first), control::node_write_fd);
    auto node_write = base::move_above(std::move(up->second), control::node_write_fd);
    if (!node_read) return tl::unexpected(system_problem(node_read.error()));
    if (!node_write) return tl::unexpected(system_problem(node_write.error()));
    for (const int fd : {down->second.get(), up->first.get()})
        if (auto done = base::set_nonblocking(fd); !done) return tl::unexpected(system_problem(done.error()));

    SpawnPlan plan;
    plan.set_standard_streams();
    plan.set_channel(node_read->get(), node_write->get());
    plan.set_signals();
    std::vector<std::string> variables = make_environment(node.setup.empty() ? Starts::node : Starts::shell_of_setup);
    std::vector<std::string> words = make_local_start(node, base::architecture());
    const std::string program = words.front();
    std::vector<char*> environment = pointers_to(variables);
    std::vector<char*> arguments = pointers_to(words);

    std::unique_ptr<LocalSession> session(new LocalSession);
    if (const int error = plan.spawn(session->process_, program, arguments.data(), environment.data()); error != 0) {
        session->process_ = -1;
        return tl::unexpected(diagnose_spawn(program, facts_of_program(program), base::architecture(), error));
    }
    session->from_node_ = std::move(up->first);
    session->to_node_ = std::move(down->second);
    session->process_fd_.reset(static_cast<int>(::syscall(SYS_pidfd_open, session->process_, 0)));
    if (!session->process_fd_) return tl::unexpected(system_problem(base::system_failure("watch the node").value()));
    return session;
}

LocalSession::~LocalSession() {
    kill();
    (void)end();
}

SessionEnd LocalSession::end() {
    int status = 0;
    if (process_ > 0 && ::waitpid(process_, &status, 0) == process_) {
        process_ = -1;
        end_.wait_status = status;
    }
    return end_;
}

void LocalSession::close() {
    to_node_.reset();
    from_node_.reset();
}

void LocalSession::kill() {
    close();
    if (process_ <= 0) return;
    // A node would end what is below it; a script that never became one leaves that to us.
    for (const auto& process : base::descendants_of(process_, base::read_process_table())) ::kill(process.pid, SIGKILL);
    ::kill(process_, SIGKILL);
}

}  // namespace scoop::launcher
