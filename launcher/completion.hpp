// What --completion prints: a script that lets a shell complete scoop-run's options, made of their table. Pure; any
// thread.
#pragma once

#include <string>
#include <string_view>

namespace scoop::launcher {

/// `shell` is bash, zsh or fish.
[[nodiscard]] std::string completion_script(std::string_view shell);

}  // namespace scoop::launcher
