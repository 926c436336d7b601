#include "base/failure.hpp"

#include <cctype>
#include <cstring>

namespace scoop::base {

std::string Failure::sentence() const {
    std::string text = attempt;
    if (!reason.empty()) text += (text.empty() ? "" : ": ") + reason;
    if (!advice.empty()) text += "; " + advice;
    return text;
}

Failure Failure::within(std::string_view outer_attempt) && {
    attempt = attempt.empty() ? std::string(outer_attempt) : std::string(outer_attempt) + ": " + attempt;
    return std::move(*this);
}

tl::unexpected<Failure> system_failure(std::string attempt, int error_number, std::string advice) {
    const bool can_retry = error_number == EINTR || error_number == EAGAIN || error_number == ECONNREFUSED ||
                           error_number == ETIMEDOUT || error_number == ECONNRESET;
    std::string reason = std::strerror(error_number);
    if (!reason.empty()) reason[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(reason[0])));
    return tl::unexpected<Failure>(Failure{std::move(attempt), std::move(reason), std::move(advice), can_retry});
}

}  // namespace scoop::base
