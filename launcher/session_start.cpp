#include "launcher/session_start.hpp"

#include <utility>

#include "launcher/call_session.hpp"
#include "launcher/command_session.hpp"
#include "launcher/failed_session.hpp"
#include "launcher/local_session.hpp"
#include "launcher/ssh_session.hpp"

namespace scoop::launcher {

namespace {

template <class Started>
std::unique_ptr<Session> session_of(StartResult<std::unique_ptr<Started>> session) {
    if (!session) return std::make_unique<FailedSession>(std::move(session.error()));
    return std::move(*session);
}

}  // namespace

std::unique_ptr<Session> start_session(const HostSetup& host, LoginWindow& logins, Notices& notices, CallDesk& calls) {
    if (host.is_local) return session_of(LocalSession::start(host.start));
    if (host.starter.call_back != CallBack::none)
        return session_of(CallSession::start(host.starter, host.start, calls));
    if (!host.starter.words.empty()) return session_of(CommandSession::start(host.starter, host.start));
    return session_of(SshSession::start(host.ssh, host.start, logins, notices));
}

}  // namespace scoop::launcher
