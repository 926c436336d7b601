// Begins the session of a host: local, libssh's or a command's, as its setup says. The job loop's thread.
#pragma once

#include <memory>

#include "launcher/call_desk.hpp"
#include "launcher/job_setup.hpp"
#include "launcher/login_window.hpp"
#include "launcher/notices.hpp"
#include "launcher/session.hpp"

namespace scoop::launcher {

/// One that cannot even be begun is over already, and says why.
[[nodiscard]] std::unique_ptr<Session> start_session(const HostSetup& host, LoginWindow& logins, Notices& notices,
                                                     CallDesk& calls);

}  // namespace scoop::launcher
