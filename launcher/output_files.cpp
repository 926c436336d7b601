#include "launcher/output_files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "hostfile/text.hpp"

namespace scoop::launcher {

namespace {

constexpr std::string_view name_begin = "rank.";
constexpr std::string_view stdout_end = ".out";
constexpr std::string_view stderr_end = ".err";

bool is_name_of_ours(std::string_view name) {
    if (!name.starts_with(name_begin) || !(name.ends_with(stdout_end) || name.ends_with(stderr_end))) return false;
    name.remove_prefix(name_begin.size());
    name.remove_suffix(std::min(name.size(), stdout_end.size()));
    return hostfile::parse_number(name).has_value();
}

}  // namespace

base::Result<void> make_output_directory(const std::string& directory) {
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error) return base::system_failure("make the output directory " + directory, error.value());
    return {};
}

void remove_output_files(const std::string& directory) {
    // What cannot be listed or removed here is told when it is to be written.
    std::error_code error;
    std::vector<std::filesystem::path> earlier;
    for (const auto& entry : std::filesystem::directory_iterator(directory, error))
        if (is_name_of_ours(entry.path().filename().string()) && entry.is_regular_file(error))
            earlier.push_back(entry.path());
    for (const auto& path : earlier) std::filesystem::remove(path, error);
}

base::Result<void> OutputFiles::write(base::Text text, WallTime time) {
    const base::Source source = text.source;
    File& file = files_.try_emplace(source, File{LinePrefixes(style_, hosts_), {}}).first->second;
    if (!file.fd)
        if (auto opened = open(source, file); !opened) return opened;
    const std::string bytes = file.prefixes.apply(std::move(text), time);
    for (std::string_view rest = bytes; !rest.empty();) {
        const auto count = ::write(file.fd.get(), rest.data(), rest.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return base::system_failure("write " + name_of(source));
        rest.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
}

base::Result<void> OutputFiles::open(const base::Source& source, File& file) {
    if (open_.size() == open_max) {
        files_.at(open_.front()).fd.reset();
        open_.pop_front();
    }
    const int mode = std::exchange(file.is_begun, true) ? O_APPEND : O_TRUNC;
    file.fd.reset(::open(name_of(source).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | mode, 0666));
    if (!file.fd) return base::system_failure("write " + name_of(source));
    open_.push_back(source);
    return {};
}

std::string OutputFiles::name_of(const base::Source& source) const {
    return style_.directory + "/" + std::string(name_begin) + std::to_string(source.rank) +
           std::string(source.stream == 1 ? stdout_end : stderr_end);
}

}  // namespace scoop::launcher
