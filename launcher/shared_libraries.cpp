#include "launcher/shared_libraries.hpp"

#include <algorithm>
#include <chrono>
#include <sstream>

#include "launcher/program_output.hpp"

namespace scoop::launcher {

namespace {

constexpr std::chrono::seconds list_time_max{2};
constexpr std::string_view arrow = " => ";
constexpr std::string_view loader_error = "error while loading shared libraries: ";

// As ldd(1) does it: the loader then lists what it has found, and runs nothing. With --list it would give up at the
// first that is missing. Another C library's loader does not know the variable, and would run the program.
constexpr std::string_view only_list = "LD_TRACE_LOADED_OBJECTS=1";

bool can_list(const std::string& loader) {
    const std::string name = loader.substr(loader.rfind('/') + 1);
    return loader.starts_with('/') &&
           (name.starts_with("ld-linux") || name.starts_with("ld64.so") || name.starts_with("ld.so"));
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r");
    return first == std::string_view::npos ? std::string_view() : text.substr(first);
}

void add_once(std::vector<std::string>& names, std::string_view name) {
    if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) names.emplace_back(name);
}

}  // namespace

// A line of it: "    libz.so.1 => /lib/x86_64-linux-gnu/libz.so.1 (0x00007f…)", or "=> not found".
LibraryFiles library_files(std::string_view list) {
    LibraryFiles files;
    std::istringstream lines{std::string(list)};
    for (std::string line; std::getline(lines, line);) {
        const auto at = line.find(arrow);
        if (at == std::string::npos) continue;
        const std::string file = line.substr(at + arrow.size(), line.rfind(" (") - at - arrow.size());
        if (file.starts_with('/')) files[std::string(trimmed(line.substr(0, at)))] = file;
    }
    return files;
}

const LibraryFiles& LibraryFinder::files_of(const std::string& path, const FileFacts& facts) {
    const auto [found, is_new] = found_.try_emplace(path);
    if (!is_new || !can_list(facts.loader)) return found->second;
    if (const auto list = output_of_program({"env", std::string(only_list), facts.loader, path}, list_time_max))
        found->second = library_files(*list);
    return found->second;
}

std::vector<std::string> missing_libraries(std::string_view errors) {
    std::vector<std::string> names;
    std::istringstream lines{std::string(errors)};
    for (std::string line; std::getline(lines, line);) {
        const std::string_view text = line;
        if (const auto at = text.find(" => not found"); at != std::string_view::npos)
            add_once(names, trimmed(text.substr(0, at)));
        if (const auto at = text.find(loader_error); at != std::string_view::npos) {
            const auto name = text.substr(at + loader_error.size());
            add_once(names, name.substr(0, name.find(": ")));
        }
    }
    return names;
}

std::string list_missing_libraries(const std::string& loader, std::string_view program) {
    constexpr std::string_view harmless = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+";
    if (!can_list(loader) || loader.find_first_not_of(harmless) != std::string::npos) return "";
    return std::string(only_list) + " " + loader + " " + std::string(program) +
           " 2>&1 </dev/null | grep \"=> not found\" >&2; ";
}

}  // namespace scoop::launcher
