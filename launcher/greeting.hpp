// What the nodes say first: do the programs of two hosts belong together, and how far is a clock off? Pure; any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "launcher/start_problem.hpp"
#include "protocol/control.hpp"

namespace scoop::launcher {

/// A protocol other than ours, or other tasks than the root's host has; the sentence names both sides. A different
/// build with the same tasks is fine: two architectures always differ in it.
[[nodiscard]] std::optional<StartProblem> find_mismatch(const std::string& root_name, const control::NodeHello& root,
                                                        const std::string& name, const control::NodeHello& hello);

/// How much later it is on the host that said so than here, where it is `now`; zero if it did not say. The time that
/// the hello was under way counts against it.
[[nodiscard]] base::Duration clock_ahead(const control::NodeHello& hello, std::chrono::system_clock::time_point now);

}  // namespace scoop::launcher
