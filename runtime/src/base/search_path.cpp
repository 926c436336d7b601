#include "base/search_path.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace scoop::base {

std::optional<std::string> find_in_path(const std::string& name, std::string_view path) {
    while (!path.empty()) {
        const std::string_view directory = path.substr(0, path.find(':'));
        path.remove_prefix(std::min(directory.size() + 1, path.size()));
        const std::string candidate = std::string(directory.empty() ? "." : directory) + "/" + name;
        std::error_code error;
        const bool is_file =
            std::filesystem::exists(candidate, error) && !std::filesystem::is_directory(candidate, error);
        if (is_file && ::access(candidate.c_str(), X_OK) == 0) return candidate;
    }
    return std::nullopt;
}

}  // namespace scoop::base
