#include "workload.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace scoop::simulation {

namespace {

// splitmix64 (Steele, Lea, Flood 2014): a number well mixed.
std::uint64_t mix(std::uint64_t x) {
    x += 0x9e3779b97f4a7c15ULL;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
}

// In (0, 1].
double as_fraction(std::uint64_t x) { return (static_cast<double>(x >> 11) + 1) * 0x1p-53; }

constexpr std::uint32_t branching_max = 64;

}  // namespace

Workload::Workload(const WorkloadPlan& plan)
    : plan_(plan),
      log_mean_(std::log(static_cast<double>(plan.task_time.count())) -
                plan.task_time_sigma * plan.task_time_sigma / 2) {
    plan_.branching = std::clamp(plan_.branching, 1U, branching_max);
}

Work Workload::whole() const { return {plan_.tasks, is_map() ? 0 : mix(plan_.seed)}; }

const std::vector<Work>& Workload::children(const Work& work) {
    children_.clear();
    const std::uint64_t rest = work.size - 1;
    const auto count = static_cast<std::uint32_t>(std::min<std::uint64_t>(plan_.branching, rest));
    std::array<std::uint64_t, branching_max> weights{};
    std::uint64_t weight_sum = 0;
    for (std::uint32_t i = 0; i < count; ++i) {
        weights[i] = 1 + mix(work.key + i) % 1024;
        weight_sum += weights[i];
    }
    std::uint64_t left = rest - count;
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint64_t more = i + 1 == count ? left : (rest - count) * weights[i] / weight_sum;
        left -= more;
        children_.push_back({1 + more, mix(work.key ^ mix(i + 1))});
    }
    return children_;
}

std::uint64_t Workload::mark(std::uint64_t key) const { return mix(key ^ plan_.seed); }

Time Workload::duration(std::uint64_t key) const {
    if (plan_.task_time_sigma == 0) return plan_.task_time;
    // Box and Muller: a normal number from two even ones.
    const std::uint64_t first = mark(key);
    const double normal =
        std::sqrt(-2 * std::log(as_fraction(first))) * std::cos(2 * std::numbers::pi * as_fraction(mix(first)));
    return Time(1 + std::llround(std::exp(log_mean_ + plan_.task_time_sigma * normal)));
}

std::uint64_t Workload::sum_of_marks() {
    std::uint64_t sum = 0;
    if (is_map()) {
        for (std::uint64_t i = 0; i < plan_.tasks; ++i) sum += mark(i);
        return sum;
    }
    std::vector<Work> open{whole()};
    while (!open.empty()) {
        const Work work = open.back();
        open.pop_back();
        sum += mark(work.key);
        const auto& more = children(work);
        open.insert(open.end(), more.begin(), more.end());
    }
    return sum;
}

}  // namespace scoop::simulation
