// SCOOP_ASSERT: for our own mistakes, on in every build. A peer's or the world's mistake is a Failure instead.
#pragma once

namespace scoop::base {

/// Writes file, line and expression to stderr and aborts.
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line) noexcept;

}  // namespace scoop::base

#define SCOOP_ASSERT(condition) \
    (static_cast<bool>(condition) ? void(0) : ::scoop::base::assertion_failed(#condition, __FILE__, __LINE__))
