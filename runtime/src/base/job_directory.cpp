#include "base/job_directory.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string_view>

#include "base/unique_fd.hpp"

namespace scoop::base {

namespace {

// sun_path has 108 bytes (unix(7)); this leaves 40 for the names we choose.
constexpr std::size_t parent_size_max = 68;

}  // namespace

Result<std::string> make_job_directory() {
    const char* wanted = std::getenv("TMPDIR");
    const std::string_view parent = wanted == nullptr ? "" : wanted;
    const bool is_usable = parent.starts_with('/') && parent.size() <= parent_size_max;
    std::string path = std::string(is_usable ? parent : "/tmp") + "/scoop-XXXXXX";
    // mkdtemp makes it with mode 0700.
    if (::mkdtemp(path.data()) == nullptr)
        return system_failure("make a directory " + path, errno, "set TMPDIR to a directory you may write to");
    return path;
}

void remove_job_directory(const std::string& path) {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0) return;
    if (status.st_uid != ::geteuid() || (status.st_mode & 077) != 0) return;
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(::fdopendir(fd.get()), &::closedir);
    if (!directory) return;
    const int directory_fd = fd.release();  // now closedir's to close
    while (const dirent* entry = ::readdir(directory.get())) {
        struct stat file {};
        if (::fstatat(directory_fd, entry->d_name, &file, AT_SYMLINK_NOFOLLOW) == 0 && S_ISSOCK(file.st_mode))
            ::unlinkat(directory_fd, entry->d_name, 0);
    }
    // Refused by the kernel while anything else is in it.
    ::rmdir(path.c_str());
}

}  // namespace scoop::base
