#include "launcher/check_report.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <ratio>
#include <string_view>

namespace scoop::launcher {

namespace {

// A clock that is further off confuses make(1) and whoever compares the times of two hosts' files.
constexpr std::chrono::seconds clock_off_max{2};

/// The steps of a start in their order, each as a column; a StartProblem names its step in more words.
struct Column {
    std::string_view title;
    std::array<std::string_view, 4> steps;
    bool is_remote;  ///< not done on this machine
};

constexpr Column columns[] = {
    // What a command of the user's did before it failed nobody knows, so it claims nothing.
    {"name", {"ssh config", "resolve", "launcher", ""}, true},
    {"tcp", {"connect", "proxy", "ssh", ""}, true},
    {"key", {"host key", "", "", ""}, true},
    {"auth", {"auth", "", "", ""}, true},
    {"shell", {"shell", "stage", "setup", ""}, true},
    {"prog", {"program", "", "", ""}, false},
    {"libs", {"library", "", "", ""}, false},
    {"version", {"version", "", "", ""}, false},
    {"dir", {"wdir", "", "", ""}, false},
    {"broker", {"call-back", "broker", "node", ""}, false},
};
constexpr std::size_t column_count = std::size(columns);
constexpr std::size_t program_column = 5;

std::size_t column_of(const CheckedHost& host) {
    const std::string& step = host.problem->step;
    const auto found = std::find_if(std::begin(columns), std::end(columns), [&](const Column& column) {
        return std::find(column.steps.begin(), column.steps.end(), step) != column.steps.end();
    });
    if (found != std::end(columns)) return static_cast<std::size_t>(found - std::begin(columns));
    return host.hello.host_name.empty() ? program_column : column_count - 1;
}

std::string clock_text(base::Duration ahead) {
    // Rounded before, as there would be a "-0.0".
    const auto tenths = std::chrono::round<std::chrono::duration<std::int64_t, std::deci>>(ahead).count();
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%+.1f s", static_cast<double>(tenths) / 10);
    return text.data();
}

std::vector<std::string> title_row() {
    std::vector<std::string> row{"HOST"};
    for (const Column& column : columns) row.emplace_back(column.title);
    row.insert(row.end(), {"clock", "CPUs", "arch"});
    return row;
}

std::vector<std::string> row_of(const CheckedHost& host) {
    const std::size_t failed = host.problem ? column_of(host) : column_count;
    std::vector<std::string> row{printable(host.name)};
    for (std::size_t k = 0; k < column_count; ++k) {
        const bool is_done = k < failed && !(host.is_local && columns[k].is_remote);
        row.emplace_back(k == failed ? "BAD" : is_done ? "ok" : "-");
    }
    const bool has_hello = !host.hello.host_name.empty();
    row.push_back(has_hello ? clock_text(host.clock_ahead) : "-");
    row.push_back(has_hello ? std::to_string(host.hello.cpus) : "-");
    row.push_back(has_hello ? printable(host.hello.architecture) : "-");
    return row;
}

std::string columns_of(const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths(rows.front().size());
    for (const auto& row : rows)
        for (std::size_t k = 0; k < row.size(); ++k) widths[k] = std::max(widths[k], row[k].size());
    std::string text;
    for (const auto& row : rows) {
        for (std::size_t k = 0; k < row.size(); ++k) {
            text += row[k];
            if (k + 1 < row.size()) text += std::string(widths[k] - row[k].size() + 1, ' ');
        }
        text += '\n';
    }
    return text;
}

}  // namespace

std::string check_report(const std::vector<CheckedHost>& hosts) {
    std::vector<std::vector<std::string>> rows{title_row()};
    std::vector<HostProblem> problems;
    std::string clocks;
    for (const CheckedHost& host : hosts) {
        rows.push_back(row_of(host));
        if (host.problem) problems.push_back({host.name, *host.problem});
        if (std::chrono::abs(host.clock_ahead) > clock_off_max)
            clocks += "The clock of " + printable(host.name) + " is " +
                      clock_text(std::chrono::abs(host.clock_ahead)).substr(1) +
                      (host.clock_ahead > base::Duration::zero() ? " ahead of" : " behind") +
                      " the one here: times of its files mislead, see that both are set over the network (NTP).\n";
    }
    std::string text = columns_of(rows);
    const std::string all = std::to_string(hosts.size()) + (hosts.size() == 1 ? " host" : " hosts");
    if (problems.empty())
        return text + clocks + (hosts.size() == 1 ? "The host is" : "All " + all + " are") + " fine.\n";
    return text + "\n" + std::to_string(problems.size()) + " of " + all + " failed:\n" + problem_rows(problems) +
           clocks;
}

}  // namespace scoop::launcher
