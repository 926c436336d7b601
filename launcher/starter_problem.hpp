// Why a command did not bring us a shell on its host, found from what it said. Pure; any thread.
#pragma once

#include "launcher/start_problem.hpp"

namespace scoop::launcher {

/// Of a starter that has ended before the shell spoke. The words of ssh are understood, those of others shown.
[[nodiscard]] StartProblem diagnose_starter_end(const StartEvidence& evidence);
/// Of one that still runs when the time is over.
[[nodiscard]] StartProblem diagnose_starter_lateness(const StartEvidence& evidence);

/// The SSH server closed the connection before it said a word: it may have too many log-ins under way (MaxStartups).
[[nodiscard]] bool is_refused_login(const StartEvidence& evidence);

}  // namespace scoop::launcher
