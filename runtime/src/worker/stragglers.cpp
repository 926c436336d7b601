#include "worker/stragglers.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace scoop::worker {

void Stragglers::on_started(const base::TaskId& id) {
    const auto found = away_.find(id);
    if (found == away_.end() || std::exchange(found->second.is_started, true)) return;
    found->second.since = clock_();
    has_changed_ = true;
}

void Stragglers::on_answered(const base::TaskId& id) {
    const auto found = away_.find(id);
    if (found == away_.end()) return;
    found->second.times->add(clock_() - found->second.since);
    away_.erase(found);
    has_changed_ = true;
}

void Stragglers::set_twin(const base::TaskId& id, bool has_twin) {
    const auto found = away_.find(id);
    if (found == away_.end()) return;
    found->second.has_twin = has_twin;
    has_changed_ = true;
}

Stragglers::Look Stragglers::look(base::TimePoint wanted_since) {
    const base::TimePoint now = clock_();
    has_changed_ = false;
    Look look;
    std::map<const detail::CallTimes*, std::optional<std::chrono::nanoseconds>> medians;
    std::vector<std::pair<base::TimePoint, base::TaskId>> late;
    for (const auto& [id, away] : away_) {
        if (away.has_twin) continue;
        const auto [median, is_new] = medians.try_emplace(away.times.get());
        if (is_new) median->second = away.times->median();
        if (!median->second) continue;
        const auto age_max = std::max<std::chrono::nanoseconds>(2 * *median->second, age_min);
        const auto due = (away.is_started ? away.since : std::max(away.since, wanted_since)) + age_max;
        if (due <= now) {
            late.emplace_back(away.since, id);
        } else {
            look.next = look.next ? std::min(*look.next, due) : due;
        }
    }
    std::ranges::sort(late);
    for (const auto& [since, id] : late) look.late.push_back(id);
    return look;
}

}  // namespace scoop::worker
