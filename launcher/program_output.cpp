#include "launcher/program_output.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/clock.hpp"
#include "base/unique_fd.hpp"
#include "launcher/tcp_connect.hpp"

namespace scoop::launcher {

namespace {

int spawn(pid_t& process, std::vector<std::string>& command, int output_fd) {
    std::vector<char*> arguments;
    for (std::string& word : command) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, output_fd, STDOUT_FILENO);
    const int error = ::posix_spawnp(&process, arguments.front(), &files, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&files);
    return error;
}

/// Everything up to the end of the file.
base::Result<std::string> read_to_end(int fd, const std::string& attempt, base::TimePoint deadline) {
    std::string output;
    std::array<char, 64 * 1024> part{};
    for (;;) {
        if (wait_until(fd, POLLIN, -1, deadline) != Waited::ready)
            return base::failure(attempt, "it has not ended in time");
        const ssize_t count = ::read(fd, part.data(), part.size());
        if (count == 0) return output;
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return base::system_failure(attempt);
        output.append(part.data(), static_cast<std::size_t>(count));
        if (output.size() > program_output_max) return base::failure(attempt, "it prints more than 16 MiB");
    }
}

}  // namespace

base::Result<std::string> output_of_program(std::vector<std::string> command, std::chrono::milliseconds time_max) {
    std::string attempt = "run";
    for (const std::string& word : command) attempt += " " + word;
    auto pipe = base::make_pipe();
    if (!pipe) return tl::unexpected(std::move(pipe.error()).within(attempt));
    pid_t process = -1;
    if (const int error = spawn(process, command, pipe->second.get()); error != 0)
        return base::system_failure(attempt, error);
    pipe->second.reset();
    auto output = read_to_end(pipe->first.get(), attempt, base::Clock::now() + time_max);
    // Whoever has closed its stdout has nothing more to say.
    if (!output) ::kill(process, SIGKILL);
    int status = 0;
    while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    if (!output) return output;
    if (WIFSIGNALED(status))
        return base::failure(attempt, "it was killed by signal " + std::to_string(WTERMSIG(status)));
    if (WEXITSTATUS(status) != 0)
        return base::failure(attempt, "it ended with status " + std::to_string(WEXITSTATUS(status)));
    return output;
}

}  // namespace scoop::launcher
