#include "base/stage_directory.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace scoop::base {

Result<std::string> make_stage_directory() {
    const char* parent = std::getenv("TMPDIR");
    std::string path = std::string(parent != nullptr && *parent == '/' ? parent : "/tmp") + "/" +
                       std::string(stage_directory_prefix) + "XXXXXX";
    // mkdtemp makes it with mode 0700.
    if (::mkdtemp(path.data()) == nullptr)
        return system_failure("make a directory " + path, errno, "set TMPDIR to a directory you may write to");
    return path;
}

void remove_stage_directory(const std::string& path) {
    const std::filesystem::path directory(path);
    if (!directory.is_absolute() || !directory.filename().string().starts_with(stage_directory_prefix)) return;
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return;
    if (status.st_uid != ::geteuid() || (status.st_mode & 077) != 0) return;
    std::error_code ignored;  // what is busy stays, and nobody is left to be told
    std::filesystem::remove_all(directory, ignored);
}

}  // namespace scoop::base
