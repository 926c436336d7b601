// Do the programs of two hosts belong together? Decided from what their nodes say first. Pure; any thread.
#pragma once

#include <optional>
#include <string>

#include "launcher/start_problem.hpp"
#include "protocol/control.hpp"

namespace scoop::launcher {

/// A protocol other than ours, or other tasks than the root's host has; the sentence names both sides. A different
/// build with the same tasks is fine: two architectures always differ in it.
[[nodiscard]] std::optional<StartProblem> find_mismatch(const std::string& root_name, const control::NodeHello& root,
                                                        const std::string& name, const control::NodeHello& hello);

}  // namespace scoop::launcher
