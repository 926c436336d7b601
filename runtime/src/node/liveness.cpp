#include "node/liveness.hpp"

#include <algorithm>

namespace scoop::node {

namespace {

// Waking later than this is no matter of scheduling any more.
constexpr std::chrono::seconds lateness_max{1};

}  // namespace

void Liveness::configure(base::TimePoint now, base::Duration heartbeat_interval, base::Duration silence_max) {
    heartbeat_interval_ = heartbeat_interval;
    silence_max_ = silence_max;
    heartbeat_at_ = std::min(heartbeat_at_, now + heartbeat_interval);
    on_heard(now);
}

base::Duration Liveness::on_turn(base::TimePoint now) {
    const auto lateness = now - awake_by_;
    awake_by_ = std::max(awake_by_, now);
    if (lateness <= lateness_max) return base::Duration::zero();
    if (silent_at_) *silent_at_ += lateness;
    return lateness;
}

bool Liveness::take_heartbeat(base::TimePoint now) {
    if (is_suspended_ || now < heartbeat_at_) return false;
    heartbeat_at_ = now + heartbeat_interval_;
    return true;
}

void Liveness::resume(base::TimePoint now) {
    is_suspended_ = false;
    heartbeat_at_ = now;
    on_heard(now);
}

base::TimePoint Liveness::on_sleep(base::TimePoint wake_at) {
    awake_by_ = wake_at;
    if (is_suspended_) return awake_by_;
    awake_by_ = std::min(awake_by_, heartbeat_at_);
    if (silent_at_) awake_by_ = std::min(awake_by_, *silent_at_);
    return awake_by_;
}

}  // namespace scoop::node
