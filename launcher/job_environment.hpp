// The variables that -x passes on to the workers. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace scoop::launcher {

/// Whether `request` can stand behind -x: "NAME", "NAME=value" or a pattern with * ? [...]. Else what is expected.
[[nodiscard]] tl::expected<void, std::string> check_environment_request(std::string_view request);

struct JobEnvironment {
    std::vector<std::string> variables;  ///< "NAME=value", each name once
    std::vector<std::string> unmatched;  ///< requests for which `ours` has no variable
};

/// What the `requests`, which have passed the check, stand for in the environment `ours` ("NAME=value" each). Of two
/// requests for a name the later one counts.
///
/// A pattern leaves out what belongs to this session and this machine (HOME, DISPLAY, SSH_*, …): on another host it
/// would mislead, and a broad pattern should be safe. Such a variable is passed on when it is named in full.
[[nodiscard]] JobEnvironment make_job_environment(const std::vector<std::string>& requests,
                                                  const std::vector<std::string>& ours);

/// `variables` with `more` on top: of a name that both have, that of `more`.
[[nodiscard]] std::vector<std::string> with_variables(std::vector<std::string> variables,
                                                      const std::vector<std::string>& more);

}  // namespace scoop::launcher
