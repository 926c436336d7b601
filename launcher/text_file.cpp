#include "launcher/text_file.hpp"

#include <array>
#include <cstddef>
#include <fstream>

namespace scoop::launcher {

namespace {

constexpr std::size_t size_max = 16 * 1024 * 1024;

}  // namespace

base::Result<std::string> read_text_file(const std::string& attempt, const std::string& path, const char* what_it_is) {
    std::ifstream file(path, std::ios::binary);
    if (!file.is_open()) return base::system_failure(attempt);
    std::string content;
    std::array<char, 64 * 1024> part{};
    while (file && content.size() <= size_max) {
        file.read(part.data(), part.size());
        content.append(part.data(), static_cast<std::size_t>(file.gcount()));
    }
    // A directory can be opened, and fails when it is read.
    if (file.bad()) return base::system_failure(attempt);
    if (content.size() > size_max)
        return base::failure(attempt, "it is larger than 16 MiB", std::string("check that it is ") + what_it_is);
    return content;
}

}  // namespace scoop::launcher
