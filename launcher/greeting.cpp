#include "launcher/greeting.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <vector>

#include "base/program_info.hpp"
#include "protocol/version.hpp"

namespace scoop::launcher {

namespace {

// "a, b and 3 more" of what is in `first` and not in `second`; both are sorted.
std::string only_in_first(const std::vector<std::string>& first, const std::vector<std::string>& second) {
    constexpr std::size_t shown_max = 2;
    std::vector<std::string> names;
    std::set_difference(first.begin(), first.end(), second.begin(), second.end(), std::back_inserter(names));
    std::string text;
    for (std::size_t k = 0; k < std::min(shown_max, names.size()); ++k) text += (text.empty() ? "" : ", ") + names[k];
    if (names.size() > shown_max) text += " and " + std::to_string(names.size() - shown_max) + " more";
    return text;
}

}  // namespace

std::optional<StartProblem> find_mismatch(const std::string& root_name, const control::NodeHello& root,
                                          const std::string& name, const control::NodeHello& hello) {
    if (hello.protocol_version != protocol::version)
        return StartProblem{"version",
                            "the program on " + name + " was linked with scoop " + hello.library_version +
                                " (protocol " + std::to_string(hello.protocol_version) + "), and scoop-run is " +
                                std::string(base::library_version) + " (protocol " + std::to_string(protocol::version) +
                                ")",
                            "build the program and scoop-run from the same version of scoop"};
    if (hello.tasks == root.tasks) return std::nullopt;
    std::string said = "the program on " + name + " is not the one on " + root_name + ": ";
    const std::string missing = only_in_first(root.tasks, hello.tasks);
    const std::string extra = only_in_first(hello.tasks, root.tasks);
    if (!missing.empty()) said += "it lacks the task " + missing;
    if (!extra.empty()) said += (missing.empty() ? "" : ", and ") + std::string("only it has the task ") + extra;
    return StartProblem{"program", std::move(said), "copy the same program to all hosts"};
}

base::Duration clock_ahead(const control::NodeHello& hello, std::chrono::system_clock::time_point now) {
    constexpr std::uint64_t milliseconds_max = 7'000'000'000'000;  // the year 2191; a Duration holds 292 years
    if (hello.clock_milliseconds == 0 || hello.clock_milliseconds > milliseconds_max) return {};
    const auto here = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
    return std::chrono::milliseconds(hello.clock_milliseconds) - here;
}

}  // namespace scoop::launcher
