#include "base/process_tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>
#include <utility>

#include "base/unique_fd.hpp"

namespace scoop::base {

namespace {

std::optional<pid_t> parse_pid(std::string_view text) {
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
    if (error != std::errc() || end != text.data() + text.size() || pid < 0) return std::nullopt;
    return pid;
}

/// The field with that number, counted from 1, of a line whose fields are single words; empty if it has fewer.
std::string_view field_of(std::string_view words, std::size_t number) {
    for (std::size_t k = 1; k < number && !words.empty(); ++k)
        words.remove_prefix(std::min(words.find(' '), words.size() - 1) + 1);
    return words.substr(0, words.find(' '));
}

}  // namespace

std::optional<ProcessEntry> parse_process_stat(std::string_view line) {
    // "PID (NAME) STATE PARENT …": the name is the program's choice and may hold spaces and parentheses, so it ends
    // with the last parenthesis of the line.
    const auto name_begin = line.find('(');
    const auto name_end = line.rfind(')');
    if (name_begin == std::string_view::npos || name_end == std::string_view::npos || name_end < name_begin ||
        name_begin < 2)
        return std::nullopt;
    const auto pid = parse_pid(line.substr(0, name_begin - 1));

    constexpr std::size_t parent_offset = 4;  // ") S "
    if (line.size() < name_end + parent_offset) return std::nullopt;
    const auto rest = line.substr(name_end + parent_offset);
    const auto parent = parse_pid(rest.substr(0, rest.find(' ')));
    if (!pid || !parent) return std::nullopt;
    ProcessEntry entry{*pid, *parent, std::string(line.substr(name_begin + 1, name_end - name_begin - 1))};
    constexpr std::size_t threads_number = 20 - 3;  // behind the parent's
    if (const auto threads = parse_pid(field_of(rest, threads_number))) entry.threads = static_cast<unsigned>(*threads);
    return entry;
}

std::vector<ProcessEntry> descendants_of(pid_t ancestor, const std::vector<ProcessEntry>& processes) {
    std::multimap<pid_t, const ProcessEntry*> children;
    for (const auto& process : processes)
        if (process.pid != ancestor) children.emplace(process.parent, &process);

    std::vector<ProcessEntry> found;
    const auto add_children = [&](pid_t parent) {
        const auto [begin, end] = children.equal_range(parent);
        for (auto child = begin; child != end; ++child) found.push_back(*child->second);
        // A table read while processes come and go can hold a recycled number twice; visiting each parent once ends any
        // loop.
        children.erase(begin, end);
    };
    add_children(ancestor);
    for (std::size_t k = 0; k < found.size(); ++k) add_children(found[k].pid);
    return found;
}

std::vector<ProcessEntry> read_process_table() {
    std::vector<ProcessEntry> processes;
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir("/proc"), &::closedir);
    if (!directory) return processes;
    while (const dirent* entry = ::readdir(directory.get())) {
        if (!parse_pid(entry->d_name)) continue;
        const UniqueFd file(
            ::openat(::dirfd(directory.get()), (std::string(entry->d_name) + "/stat").c_str(), O_RDONLY | O_CLOEXEC));
        char line[512];  // the name has at most 64 bytes, and what is looked for follows soon
        const auto size = file ? ::read(file.get(), line, sizeof line) : -1;
        if (size <= 0) continue;
        auto process = parse_process_stat({line, static_cast<std::size_t>(size)});
        struct stat facts {};
        if (!process || ::fstat(file.get(), &facts) != 0) continue;
        process->user = facts.st_uid;
        processes.push_back(std::move(*process));
    }
    return processes;
}

}  // namespace scoop::base
