#include "node/respawn_core.hpp"

#include <algorithm>

namespace scoop::node {

namespace {

base::Duration delay_after(std::uint32_t short_lives) {
    if (short_lives == 0) return base::Duration::zero();
    return std::min<base::Duration>(delay_last, delay_first * (std::int64_t{1} << (short_lives - 1)));
}

}  // namespace

RespawnCore::RespawnCore(const std::vector<base::Rank>& ranks, base::TimePoint now) {
    for (const auto rank : ranks) workers_[rank].at = now;
}

bool RespawnCore::on_end(base::Rank rank, base::TimePoint now) {
    Worker& worker = workers_.at(rank);
    worker.short_lives = now - worker.at < short_life ? worker.short_lives + 1 : 0;
    worker.state = worker.short_lives < short_lives_max ? State::ended : State::given_up;
    worker.at = now + delay_after(worker.short_lives);
    return worker.state == State::ended;
}

void RespawnCore::on_reported(base::Rank rank) {
    const auto worker = workers_.find(rank);
    if (worker != workers_.end() && worker->second.state == State::ended) worker->second.state = State::reported;
}

bool RespawnCore::will_replace(base::Rank rank) const {
    const auto worker = workers_.find(rank);
    return worker != workers_.end() && worker->second.state != State::given_up;
}

std::vector<RespawnCore::Next> RespawnCore::take_due(base::TimePoint now) {
    std::vector<Next> due;
    for (auto& [rank, worker] : workers_) {
        if (worker.state != State::reported || now < worker.at) continue;
        worker.state = State::running;
        worker.at = now;
        due.push_back({rank, ++worker.incarnation});
    }
    return due;
}

base::TimePoint RespawnCore::next_due() const {
    base::TimePoint first = base::TimePoint::max();
    for (const auto& [rank, worker] : workers_)
        if (worker.state == State::reported) first = std::min(first, worker.at);
    return first;
}

void RespawnCore::on_pause(base::Duration pause) {
    for (auto& [rank, worker] : workers_) worker.at += pause;
}

}  // namespace scoop::node
