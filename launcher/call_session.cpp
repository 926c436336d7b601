#include "launcher/call_session.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>

#include "base/token.hpp"
#include "launcher/command_session.hpp"

namespace scoop::launcher {

namespace {

constexpr const char* step_name = "call-back";

// A pipe's end that does not block, while the starter's, which is the same end, does.
base::Result<base::UniqueFd> open_again(int pipe_end) {
    const std::string path = "/proc/self/fd/" + std::to_string(pipe_end);
    base::UniqueFd fd(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
    if (!fd) return base::system_failure("open a pipe again");
    return fd;
}

}  // namespace

StartResult<std::unique_ptr<CallSession>> CallSession::start(const StarterCommand& command, const NodeStart& node,
                                                             CallDesk& desk) {
    auto token = base::make_token();
    if (!token) return tl::unexpected(problem_of(step_name, std::move(token.error())));
    std::unique_ptr<CallSession> session(new CallSession(desk, std::move(*token)));
    if (auto prepared = session->prepare(command, node); !prepared)
        return tl::unexpected(problem_of(step_name, std::move(prepared.error())));
    if (auto started = session->run(command); !started) return tl::unexpected(std::move(started.error()));
    return session;
}

CallSession::~CallSession() { desk_.forget(token_); }

// All that must be there before the host can call.
base::Result<void> CallSession::prepare(const StarterCommand& command, const NodeStart& node) {
    const auto text = desk_.make_text(token_);
    if (!text) return tl::unexpected(text.error());
    NodeStart start = node;
    start.calls_back = true;
    const RemoteStart remote = make_remote_start(start, current_directory());
    const std::string input = remote.first_input + *text + "\n";
    words_ = command.words;
    words_.emplace_back("-c");
    if (command.call_back == CallBack::by_file) {
        auto files = CallFiles::make(input);
        if (!files) return tl::unexpected(std::move(files.error()));
        words_.push_back(files->redirections() + remote.command);
        files_.emplace(std::move(*files));
    } else {
        words_.push_back(remote.command);
        input_text_ = input;
    }

    auto channel = base::make_socket_pair();
    if (!channel) return tl::unexpected(std::move(channel.error()));
    auto errors = base::make_pipe();
    if (!errors) return tl::unexpected(std::move(errors.error()));
    auto errors_of_node = open_again(errors->second.get());
    if (!errors_of_node) return tl::unexpected(std::move(errors_of_node.error()));
    for (const int fd : {channel->first.get(), channel->second.get(), errors->first.get()})
        if (auto done = base::set_nonblocking(fd); !done) return done;
    channel_ = std::move(channel->first);
    errors_ = std::move(errors->first);
    errors_end_ = std::move(errors->second);
    const std::string directory = files_ ? files_->directory() : "";
    desk_.expect({token_, std::move(channel->second), std::move(*errors_of_node),
                  [directory] { CallFiles::remove(directory); }});
    return {};
}

StartResult<void> CallSession::run(const StarterCommand& command) {
    auto input = base::make_pipe();
    auto output = base::make_pipe();
    if (!input || !output)
        return tl::unexpected(problem_of(step_name, std::move(input ? output.error() : input.error())));
    ChildRequest request;
    request.words = words_;
    request.environment = command.environment;
    // All of ours are above 2: scoop-run opens those at its start.
    request.descriptors = {
        {input->first.get(), STDIN_FILENO}, {output->second.get(), STDOUT_FILENO}, {errors_end_.get(), STDERR_FILENO}};
    request.has_own_session = true;
    auto process = ChildProcess::start(request);
    if (!process) return tl::unexpected(spawn_problem(words_.front(), process.error()));
    process_.emplace(std::move(*process));
    errors_end_.reset();
    input_ = std::move(input->second);
    output_ = std::move(output->first);
    for (const int fd : {input_.get(), output_.get()})
        if (auto done = base::set_nonblocking(fd); !done)
            return tl::unexpected(problem_of(step_name, std::move(done.error())));
    desk_.set_starter(token_, base::UniqueFd(::fcntl(process_->over_fd(), F_DUPFD_CLOEXEC, 0)));
    // It fits into the empty pipe, or it is no text for a shell. Its reader may be gone already, which its end tells.
    const auto size = static_cast<ssize_t>(input_text_.size());
    if (::write(input_.get(), input_text_.data(), input_text_.size()) != size && errno != EPIPE)
        return tl::unexpected(StartProblem{step_name, "the text of --setup is too long for the input of the starter",
                                           "put it into a file, and let --setup read that"});
    return {};
}

SessionEnd CallSession::end() {
    if (const auto status = process_->wait()) end_.wait_status = *status;
    return end_;
}

std::string CallSession::said_before_call() {
    if (files_) return files_->said();
    char buffer[4096];
    ssize_t size = 0;
    while ((size = ::read(output_.get(), buffer, sizeof buffer)) > 0)
        said_.append(buffer, static_cast<std::size_t>(size));
    return said_;
}

void CallSession::close() {
    channel_.reset();
    input_.reset();
}

void CallSession::kill() {
    close();
    process_->signal_all(is_asked_to_end_ ? SIGKILL : SIGTERM);
    is_asked_to_end_ = true;
}

}  // namespace scoop::launcher
