#include "launcher/start_times.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <iterator>
#include <string_view>

#include "launcher/start_problem.hpp"

namespace scoop::launcher {

namespace {

// In the order of a start. What is not among them comes before the program, which every host has.
constexpr std::string_view timed_steps[] = {"ssh config", "connect", "proxy", "ssh",     "host key",
                                            "auth",       "shell",   "other", "program", "workers"};

std::size_t place_of_step(const std::string& step) {
    const auto known = std::find(std::begin(timed_steps), std::end(timed_steps), step);
    if (known != std::end(timed_steps)) return static_cast<std::size_t>(known - std::begin(timed_steps));
    return place_of_step("other");
}

double milliseconds_of(base::Duration time) { return std::chrono::duration<double, std::milli>(time).count(); }

}  // namespace

void StepClock::enter(const char* step) {
    const std::scoped_lock lock(mutex_);
    const auto now = base::Clock::now();
    const auto known =
        std::find_if(times_.begin(), times_.end(), [&](const StepTime& time) { return time.step == step_; });
    if (known != times_.end())
        known->time += now - since_;
    else
        times_.push_back({step_, now - since_});
    step_ = step;
    since_ = now;
}

const char* StepClock::step() const {
    const std::scoped_lock lock(mutex_);
    return step_;
}

std::vector<StepTime> StepClock::times() const {
    const std::scoped_lock lock(mutex_);
    return times_;
}

void StartTimes::add(const std::string& host, const StepTime& time) {
    auto& [step, hosts] = steps_[place_of_step(time.step)];
    step = time.step;
    hosts.push_back({host, time.time});
}

void StartTimes::on_greeted(const std::string& host, const std::vector<StepTime>& times) {
    for (const StepTime& time : times) add(host, time);
}

void StartTimes::on_described(const std::string& host, base::TimePoint now) { described_at_[host] = now; }

void StartTimes::on_ready(const std::string& host, base::TimePoint now) {
    if (const auto described = described_at_.find(host); described != described_at_.end())
        add(host, {"workers", now - described->second});
}

std::string StartTimes::table() const {
    if (steps_.empty()) return "scoop-run: no host has come so far that the steps of its start could be timed\n";
    const auto row = [](const char* step, const char* hosts, const char* half, const char* most, const char* max,
                        const std::string& host) {
        std::array<char, 96> text{};
        std::snprintf(text.data(), text.size(), "  %-10s %6s %8s %8s %8s  ", step, hosts, half, most, max);
        return text.data() + host + "\n";
    };
    const auto number = [](base::Duration time) {
        std::array<char, 32> text{};
        std::snprintf(text.data(), text.size(), "%.1f", milliseconds_of(time));
        return std::string(text.data());
    };
    std::string text = "scoop-run: how long each step of the start took on its hosts, in milliseconds\n" +
                       row("STEP", "HOSTS", "p50", "p95", "max", "SLOWEST");
    for (const auto& [place, named] : steps_) {
        auto [step, hosts] = named;
        std::sort(hosts.begin(), hosts.end(), [](const OfHost& a, const OfHost& b) { return a.time < b.time; });
        // The nearest rank: the least time that so many percent of the hosts did not exceed.
        const auto percentile = [&times = hosts](std::size_t percent) {
            return times[(times.size() * percent + 99) / 100 - 1].time;
        };
        text += row(step.c_str(), std::to_string(hosts.size()).c_str(), number(percentile(50)).c_str(),
                    number(percentile(95)).c_str(), number(hosts.back().time).c_str(), printable(hosts.back().host));
    }
    return text;
}

}  // namespace scoop::launcher
