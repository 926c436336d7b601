// FaultTally: how often which fault struck at which moment of which step, so that it can be seen that all of them did.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string_view>

namespace scoop::simulation {

/// What a process was about to do or had just done. An acknowledgement is a frame that says nothing else.
enum class Step : std::uint8_t { send, receive, acknowledgement };
enum class Moment : std::uint8_t { before, after };
enum class Fault : std::uint8_t { kill, stop, drop, duplicate, reorder, delay };

inline constexpr std::array<std::string_view, 3> step_names{"send", "receive", "acknowledgement"};
inline constexpr std::array<std::string_view, 2> moment_names{"before", "after"};
inline constexpr std::array<std::string_view, 6> fault_names{"kill", "stop", "drop", "duplicate", "reorder", "delay"};

struct Place {
    Step step;
    Moment moment;
};

class FaultTally {
public:
    void note(Place place, Fault fault) { ++counts_[index_of(place, fault)]; }
    [[nodiscard]] std::uint64_t count(Place place, Fault fault) const { return counts_[index_of(place, fault)]; }
    void add(const FaultTally& other) {
        for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    }

    /// A row for each place, a column for each fault.
    friend std::ostream& operator<<(std::ostream& out, const FaultTally& tally) {
        for (std::size_t row = 0; row < places; ++row) {
            out << moment_names[row % moment_names.size()] << ' ' << step_names[row / moment_names.size()] << ':';
            for (std::size_t fault = 0; fault < fault_names.size(); ++fault)
                out << ' ' << fault_names[fault] << ' ' << tally.counts_[row * fault_names.size() + fault];
            out << '\n';
        }
        return out;
    }

private:
    static constexpr std::size_t places = step_names.size() * moment_names.size();
    static std::size_t index_of(Place place, Fault fault) {
        const auto row =
            static_cast<std::size_t>(place.step) * moment_names.size() + static_cast<std::size_t>(place.moment);
        return row * fault_names.size() + static_cast<std::size_t>(fault);
    }
    std::array<std::uint64_t, places * fault_names.size()> counts_{};
};

}  // namespace scoop::simulation
