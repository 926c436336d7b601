#include "launcher/ssh_session.hpp"

#include <functional>
#include <utility>

#include "launcher/openssh_probe.hpp"
#include "launcher/ssh_pump.hpp"

namespace scoop::launcher {

namespace {

StartProblem connect_problem(const base::Failure& failure) { return problem_of("connect", failure); }

}  // namespace

StartResult<std::unique_ptr<SshSession>> SshSession::start(SshTarget target, NodeStart node, LoginWindow& logins,
                                                           Notices& notices) {
    auto channel = base::make_socket_pair();
    if (!channel) return tl::unexpected(connect_problem(channel.error()));
    auto errors = base::make_socket_pair();
    if (!errors) return tl::unexpected(connect_problem(errors.error()));
    for (const auto* pair : {&*channel, &*errors})
        for (const auto* fd : {&pair->first, &pair->second})
            if (auto done = base::set_nonblocking(fd->get()); !done)
                return tl::unexpected(connect_problem(done.error()));

    std::unique_ptr<SshSession> session(new SshSession);
    session->channel_ = std::move(channel->first);
    session->errors_ = std::move(errors->first);
    session->thread_ =
        std::thread(&SshSession::run, session.get(), std::move(target), std::move(node), std::ref(logins),
                    std::ref(notices), std::move(channel->second), std::move(errors->second));
    return session;
}

void SshSession::run(const SshTarget& target, const NodeStart& node, LoginWindow& logins, Notices& notices,
                     base::UniqueFd channel, base::UniqueFd errors) {
    {
        SshConnection connection(target, logins, notices, stop_.fd(), step_);
        const RemoteStart start = make_remote_start(node, current_directory());
        if (auto opened = connection.open(start.command); opened) {
            step_.enter("program");
            is_running_ = true;
            SshPump(connection, {channel.get(), errors.get(), stop_.fd()}, start.first_input).run();
            end_ = connection.end();
        } else {
            end_.problem = opened.error();
            mention_openssh(target);
        }
    }
    // Before the descriptors are closed: whoever sees their end then knows the reason too.
    over_.signal();
}

void SshSession::mention_openssh(const SshTarget& target) {
    // Where nobody answers, ssh would only wait too.
    if (end_.problem->step == "connect" || !openssh_reaches(target, stop_.fd())) return;
    end_.problem->advice =
        "the ssh program gets in, by what it knows and the SSH built in here does not: use --launcher openssh";
}

SshSession::~SshSession() {
    kill();
    (void)end();
}

SessionEnd SshSession::end() {
    if (thread_.joinable()) thread_.join();
    return end_;
}

void SshSession::close() {
    channel_.reset();
    if (!is_running_) stop_.signal();
}

void SshSession::kill() {
    channel_.reset();
    stop_.signal();
}

}  // namespace scoop::launcher
