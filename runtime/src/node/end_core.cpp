#include "node/end_core.hpp"

#include <algorithm>
#include <csignal>

namespace scoop::node {

namespace {

// Processes started meanwhile by others are found at the next look.
constexpr std::chrono::milliseconds look_interval_term{250};
constexpr std::chrono::milliseconds look_interval_kill{50};

}  // namespace

void EndCore::hurry(base::TimePoint term_at, base::TimePoint kill_at) {
    term_at_ = std::min(term_at_, term_at);
    kill_at_ = std::min(kill_at_, kill_at);
}

void EndCore::on_pause(base::Duration pause) {
    term_at_ += pause;
    kill_at_ += pause;
}

std::vector<EndCore::Signal> EndCore::on_turn(base::TimePoint now, const std::vector<pid_t>& descendants) {
    std::vector<Signal> signals;
    if (now < term_at_ || has_given_up(now)) return signals;
    for (const pid_t pid : descendants) {
        if (now >= kill_at_) {
            signals.push_back({pid, SIGKILL});
        } else if (asked_.insert(pid).second) {
            signals.push_back({pid, SIGTERM});
            signals.push_back({pid, SIGCONT});  // one that is stopped takes no other signal
        }
    }
    return signals;
}

base::TimePoint EndCore::next_turn(base::TimePoint now) const {
    if (now < term_at_) return term_at_;
    if (now < kill_at_) return std::min<base::TimePoint>(kill_at_, now + look_interval_term);
    return now + look_interval_kill;
}

}  // namespace scoop::node
