// Failure and Result: how everything below the public interface reports what the world did wrong.
//
// A Failure reads as one sentence, "connect node07:22: no route to host", and carries what the user can do about it.
// Each layer may add its attempt; no layer both logs and returns. Any thread.
#pragma once

#include <cerrno>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace scoop::base {

struct Failure {
    std::string attempt;  ///< what was tried, on what: "connect node07:22"
    std::string reason;   ///< why it failed: "no route to host"
    std::string advice;   ///< what the user can do; may be empty
    bool can_retry = false;

    /// "attempt: reason", and "; advice" when there is some.
    [[nodiscard]] std::string sentence() const;

    /// The same failure seen from one layer further out: "start node07: connect node07:22: no route to host".
    [[nodiscard]] Failure within(std::string_view outer_attempt) &&;
};

template <class T>
using Result = tl::expected<T, Failure>;
using tl::unexpected;

/// A failed system call: the reason is the text of `error_number`.
[[nodiscard]] tl::unexpected<Failure> system_failure(std::string attempt, int error_number = errno,
                                                     std::string advice = {});

/// Any other failure.
[[nodiscard]] inline tl::unexpected<Failure> failure(std::string attempt, std::string reason, std::string advice = {}) {
    return tl::unexpected<Failure>(Failure{std::move(attempt), std::move(reason), std::move(advice), false});
}

}  // namespace scoop::base
