#include "launcher/child_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <string_view>

#include "base/process_tree.hpp"
#include "base/stage_directory.hpp"
#include "protocol/control.hpp"

namespace scoop::launcher {

namespace {

// What posix_spawn must be told: descriptors, signals. Freed at the end of the scope.
class SpawnPlan {
public:
    explicit SpawnPlan(const ChildRequest& request) {
        posix_spawn_file_actions_init(&files_);
        posix_spawnattr_init(&attributes_);
        if (request.has_empty_input) posix_spawn_file_actions_addopen(&files_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        // dup2 clears close-on-exec on the copies.
        for (const auto& [ours, theirs] : request.descriptors) posix_spawn_file_actions_adddup2(&files_, ours, theirs);
        set_signals(request.has_own_session ? POSIX_SPAWN_SETSID : 0);
    }
    ~SpawnPlan() {
        posix_spawn_file_actions_destroy(&files_);
        posix_spawnattr_destroy(&attributes_);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;

    int spawn(pid_t& process, char** words, char** environment) {
        return ::posix_spawnp(&process, words[0], &files_, &attributes_, words, environment);
    }

private:
    // The launcher blocks the signals it reads from a descriptor and ignores SIGPIPE; a program expects neither.
    void set_signals(int more_flags) {
        sigset_t none;
        sigemptyset(&none);
        posix_spawnattr_setsigmask(&attributes_, &none);
        sigset_t pipe;
        sigemptyset(&pipe);
        sigaddset(&pipe, SIGPIPE);
        posix_spawnattr_setsigdefault(&attributes_, &pipe);
        posix_spawnattr_setflags(&attributes_,
                                 static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | more_flags));
    }

    posix_spawn_file_actions_t files_{};
    posix_spawnattr_t attributes_{};
};

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (auto& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

}  // namespace

tl::expected<ChildProcess, int> ChildProcess::start(const ChildRequest& request) {
    SpawnPlan plan(request);
    auto words = request.words;
    auto environment = request.environment;
    ChildProcess child;
    if (const int error = plan.spawn(child.process_, pointers_to(words).data(), pointers_to(environment).data());
        error != 0) {
        child.process_ = -1;
        return tl::unexpected(error);
    }
    child.over_.reset(static_cast<int>(::syscall(SYS_pidfd_open, child.process_, 0)));
    if (!child.over_) return tl::unexpected(errno);
    return child;
}

ChildProcess::~ChildProcess() {
    signal_all(SIGKILL);
    (void)wait();
}

std::optional<int> ChildProcess::wait() {
    int status = 0;
    if (process_ <= 0 || ::waitpid(process_, &status, 0) != process_) return std::nullopt;
    process_ = -1;
    return status;
}

void ChildProcess::signal_all(int number) const {
    if (process_ <= 0) return;
    const auto below = base::descendants_of(process_, base::read_process_table());
    for (const auto& process : below) ::kill(process.pid, number);
    ::kill(process_, number);
}

std::vector<std::string> environment_without_role() {
    const std::string prefixes[] = {std::string(control::role_variable) + "=",
                                    std::string(base::stage_owner_variable) + "="};
    std::vector<std::string> variables;
    for (char** variable = environ; *variable != nullptr; ++variable)
        if (std::none_of(std::begin(prefixes), std::end(prefixes),
                         [&](const auto& prefix) { return std::string_view(*variable).starts_with(prefix); }))
            variables.emplace_back(*variable);
    return variables;
}

}  // namespace scoop::launcher
