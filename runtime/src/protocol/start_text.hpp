// StartText: where a process of the job is reached that others are to connect to, and with which keys, as one line of
// text without blanks. Whoever reads it is in. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/failure.hpp"
#include "protocol/control.hpp"

namespace scoop::protocol {

/// What PMI-1 takes as one value.
inline constexpr std::size_t start_text_max = 1000;

struct StartText {
    std::vector<std::string> addresses;  ///< as endpoints have them; the last ones are left out where there is no room
    std::uint16_t port = 0;
    control::CurveKeys keys;
};
[[nodiscard]] std::string to_text(const StartText& start);
[[nodiscard]] base::Result<StartText> parse_start_text(std::string_view text);

/// What a node reads whose starter gives it no channel (node/caller): where scoop-run is, and the word that shows which
/// host calls, once.
struct CallText {
    StartText start;
    std::string token;
};
[[nodiscard]] std::string to_text(const CallText& call);
[[nodiscard]] base::Result<CallText> parse_call_text(std::string_view text);

/// How a node names what it attempts then; scoop-run finds the words in what the host says.
inline constexpr std::string_view call_attempt = "call scoop-run back";

}  // namespace scoop::protocol
