#include "launcher/command_session.hpp"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace scoop::launcher {

namespace {

StartProblem launcher_problem(const base::Failure& failure) { return problem_of("launcher", failure); }

}  // namespace

StartProblem spawn_problem(const std::string& program, int error_number) {
    if (error_number == ENOENT)
        return {"launcher", "there is no command " + program + " on this machine, which is to start the node",
                "install it, check PATH, or use another --launcher"};
    return {"launcher", "start " + program + ": " + std::strerror(error_number), "check what --launcher says"};
}

StartResult<std::unique_ptr<CommandSession>> CommandSession::start(const StarterCommand& command,
                                                                   const NodeStart& node) {
    auto input = base::make_pipe();
    if (!input) return tl::unexpected(launcher_problem(input.error()));
    auto output = base::make_pipe();
    if (!output) return tl::unexpected(launcher_problem(output.error()));
    auto errors = base::make_pipe();
    if (!errors) return tl::unexpected(launcher_problem(errors.error()));
    for (const int fd : {input->second.get(), output->first.get(), errors->first.get()})
        if (auto done = base::set_nonblocking(fd); !done) return tl::unexpected(launcher_problem(done.error()));

    ChildRequest request;
    request.words = command.words;
    request.environment = command.environment;
    // All of ours are above 2: scoop-run opens those at its start.
    request.descriptors = {{input->first.get(), STDIN_FILENO},
                           {output->second.get(), STDOUT_FILENO},
                           {errors->second.get(), STDERR_FILENO}};
    request.has_own_session = true;
    auto process = ChildProcess::start(request);
    if (!process) return tl::unexpected(spawn_problem(command.words.front(), process.error()));

    std::unique_ptr<CommandSession> session(
        new CommandSession(std::move(*process), make_script(node, current_directory())));
    session->input_ = std::move(input->second);
    session->output_ = std::move(output->first);
    session->errors_ = std::move(errors->first);
    return session;
}

SessionEnd CommandSession::end() {
    if (const auto status = process_.wait()) end_.wait_status = *status;
    return end_;
}

void CommandSession::close() {
    input_.reset();
    output_.reset();
}

void CommandSession::kill() {
    close();
    process_.signal_all(is_asked_to_end_ ? SIGKILL : SIGTERM);
    is_asked_to_end_ = true;
}

}  // namespace scoop::launcher
