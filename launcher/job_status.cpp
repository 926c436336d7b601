#include "launcher/job_status.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <utility>

#include "launcher/command_words.hpp"
#include "launcher/job_words.hpp"
#include "launcher/start_problem.hpp"

namespace scoop::launcher {

namespace {

constexpr std::size_t status_width = 80;
constexpr std::size_t host_width_max = 26;
constexpr std::size_t ranks_width_max = 20;
constexpr std::size_t job_width = 8;
constexpr std::size_t workers_width = 7;
constexpr std::size_t workers_shown_max = 64;

using Row = std::vector<std::string>;

/// At most `width` characters of it.
std::string cut(std::string text, std::size_t width) {
    if (text.size() <= width) return text;
    text.resize(width - 2);
    return text + "..";
}

std::string left(const std::string& text, std::size_t width) {
    return text + std::string(width - std::min(width, text.size()), ' ');
}
std::string right(const std::string& text, std::size_t width) {
    return std::string(width - std::min(width, text.size()), ' ') + text;
}

std::string counted(std::uint64_t count, const std::string& noun) {
    return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

/// "12 s", "3 min 5 s", "4 h 12 min", "2 d 3 h"
std::string age_text(base::Duration age) {
    struct Unit {
        const char* name;
        std::int64_t seconds;
    };
    constexpr std::array<Unit, 4> units{{{"d", 86400}, {"h", 3600}, {"min", 60}, {"s", 1}}};
    const auto seconds = std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::seconds>(age).count());
    for (std::size_t k = 0; k + 1 < units.size(); ++k)
        if (seconds >= units[k].seconds)
            return std::to_string(seconds / units[k].seconds) + " " + units[k].name + " " +
                   std::to_string(seconds % units[k].seconds / units[k + 1].seconds) + " " + units[k + 1].name;
    return std::to_string(seconds) + " s";
}

std::uint64_t workers_of(const JobStatus& job) {
    std::uint64_t workers = 0;
    for (const HostStatus& host : job.hosts) workers += host.ranks.size();
    return workers;
}

/// "0-3,7"
std::string ranks_cell(const std::vector<base::Rank>& ranks) {
    if (ranks.empty()) return "-";
    const std::string text = ranks_text(ranks);
    return cut(text.substr(text.find(' ') + 1), ranks_width_max);
}

Row row_of(const HostStatus& host) {
    return {cut(printable(host.name), host_width_max), host.state, ranks_cell(host.ranks), std::to_string(host.lost),
            host.tasks ? std::to_string(*host.tasks) : "-"};
}

/// Words to the left, and numbers, which begin in that column, to the right.
std::string laid_out(const std::vector<Row>& rows, std::size_t first_number) {
    std::vector<std::size_t> widths(rows.front().size());
    for (const Row& row : rows)
        for (std::size_t k = 0; k < row.size(); ++k) widths[k] = std::max(widths[k], row[k].size());
    std::string text;
    for (const Row& row : rows) {
        for (std::size_t k = 0; k < row.size(); ++k)
            text += (k == 0 ? "" : "  ") + (k < first_number ? left(row[k], widths[k]) : right(row[k], widths[k]));
        text += '\n';
    }
    return text;
}

/// "37/1024"
std::string room_cell(const base::Room& room) {
    return std::to_string(room.used) + (room.limit ? "/" + std::to_string(*room.limit) : "");
}

std::string limits_text(const std::vector<HostStatus>& hosts) {
    std::vector<Row> rows{{"HOST", "PROCESSES", "OPEN FILES"}};
    std::string warnings;
    for (const HostStatus& host : hosts) {
        if (!host.usage) continue;
        const auto& [processes, descriptors, workers] = *host.usage;
        const std::string name = cut(printable(host.name), host_width_max);
        rows.push_back({name, room_cell(processes), room_cell(descriptors)});
        for (const auto& [room, what] : {std::pair(&processes, "processes and threads"), {&descriptors, "open files"}})
            if (room->is_near_limit())
                warnings += name + " is near a limit: " + what + ": " + printable(room->text()) + "\n";
    }
    if (rows.size() == 1) return {};
    return "\n" + laid_out(rows, 1) +
           "PROCESSES, with their threads, and OPEN FILES of the node, each with its limit.\n" + warnings;
}

struct PlacedWorker {
    control::WorkerMemory memory;
    const HostStatus* host;
};

std::string memory_text(const std::vector<HostStatus>& hosts) {
    std::vector<PlacedWorker> workers;
    for (const HostStatus& host : hosts)
        if (host.usage)
            for (const auto& memory : host.usage->workers) workers.push_back({memory, &host});
    if (workers.empty()) return {};
    const std::size_t all = workers.size();
    std::ranges::sort(workers, std::ranges::greater{}, [](const auto& one) { return one.memory.peak_mib; });
    workers.resize(std::min(all, workers_shown_max));
    std::ranges::sort(workers, {}, [](const auto& one) { return one.memory.rank; });
    std::vector<Row> rows{{"RANK", "HOST", "MIB", "PEAK MIB"}};
    for (const auto& [memory, host] : workers)
        rows.push_back({std::to_string(memory.rank), cut(printable(host->name), host_width_max),
                        std::to_string(memory.resident_mib), std::to_string(memory.peak_mib)});
    std::string text = "\n" + laid_out(rows, 2);
    if (all > workers.size())
        text += "These " + std::to_string(workers.size()) + " of " + std::to_string(all) +
                " workers have had the most memory.\n";
    return text;
}

std::string command_text(const std::vector<std::string>& command) { return printable(shell_quoted(command)); }

}  // namespace

std::string status_text(const JobStatus& job) {
    const std::string title = "Job " + std::to_string(job.process_id) + ": ";
    std::string text = title + cut(command_text(job.command), status_width - title.size()) + "\n";
    text += job.phase + ", since " + job.since + " (" + age_text(job.age) + ").\n";
    const auto hosts =
        std::count_if(job.hosts.begin(), job.hosts.end(), [](const HostStatus& host) { return !host.ranks.empty(); });
    if (hosts > 0)
        text +=
            counted(workers_of(job), "worker") + " on " + counted(static_cast<std::uint64_t>(hosts), "host") + ".\n";
    text += '\n';
    std::vector<Row> rows{{"HOST", "STATE", "RANKS", "DIED", "TASKS"}};
    for (const HostStatus& host : job.hosts) rows.push_back(row_of(host));
    // A single host has no tasks of others.
    const bool has_tasks = job.hosts.size() > 1;
    if (!has_tasks)
        for (Row& row : rows) row.pop_back();
    text += laid_out(rows, 3);
    if (has_tasks && job.tasks_waiting)
        text += "\nTASKS are those of other hosts that a host has now; " + std::to_string(*job.tasks_waiting) +
                " more wait for one.\n";
    text += limits_text(job.hosts) + memory_text(job.hosts);
    return text;
}

std::string summary_head() {
    return summary_line(0, "SINCE                " + right("WORKERS", workers_width) + "  PROGRAM\n");
}

std::string summary_text(const JobStatus& job) {
    const std::string text = job.since + "  " + right(std::to_string(workers_of(job)), workers_width) + "  ";
    auto command = job.command;
    command.front().erase(0, command.front().rfind('/') + 1);
    return text + cut(command_text(command), status_width - job_width - text.size()) + "\n";
}

std::string summary_line(std::uint32_t process_id, const std::string& rest) {
    return left(process_id == 0 ? "JOB" : std::to_string(process_id), job_width) + rest;
}

}  // namespace scoop::launcher
