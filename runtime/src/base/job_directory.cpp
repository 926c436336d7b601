#include "base/job_directory.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace scoop::base {

namespace {

// sun_path has 108 bytes (unix(7)); this leaves 40 for the names we choose.
constexpr std::size_t parent_size_max = 68;

constexpr std::string_view name_begin = "scoop-";
constexpr std::string_view name_pattern = "scoop-XXXXXX";
// Somebody may take a directory for one that was left behind between its making and its locking.
constexpr int attempts_max = 8;

using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;

Directory open_directory(int parent, const char* name) {
    UniqueFd fd(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    Directory directory(fd ? ::fdopendir(fd.get()) : nullptr, &::closedir);
    if (directory) (void)fd.release();  // now closedir's to close
    return directory;
}

bool is_private(int fd) {
    struct stat status {};
    return ::fstat(fd, &status) == 0 && status.st_uid == ::geteuid() && (status.st_mode & 077) == 0;
}

bool is_name_of_ours(std::string_view name) {
    return name.size() == name_pattern.size() && name.starts_with(name_begin);
}

void remove_sockets(DIR* directory) {
    const int fd = ::dirfd(directory);
    while (const dirent* entry = ::readdir(directory)) {
        struct stat file {};
        if (::fstatat(fd, entry->d_name, &file, AT_SYMLINK_NOFOLLOW) == 0 && S_ISSOCK(file.st_mode))
            ::unlinkat(fd, entry->d_name, 0);
    }
}

void remove_left_behind(const char* parent_path) {
    const Directory parent = open_directory(AT_FDCWD, parent_path);
    if (!parent) return;
    while (const dirent* entry = ::readdir(parent.get())) {
        if (!is_name_of_ours(entry->d_name)) continue;
        const Directory one = open_directory(::dirfd(parent.get()), entry->d_name);
        if (!one || !is_private(::dirfd(one.get())) || ::flock(::dirfd(one.get()), LOCK_EX | LOCK_NB) != 0) continue;
        remove_sockets(one.get());
        // Refused by the kernel while anything else is in it.
        ::unlinkat(::dirfd(parent.get()), entry->d_name, AT_REMOVEDIR);
    }
}

// Nothing: somebody else has locked or removed it.
std::optional<UniqueFd> try_lock(const std::string& path) {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd) return std::nullopt;
    // Where a file system has no locks nobody can take it for one that was left behind either.
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return std::nullopt;
    struct stat locked {};
    struct stat named {};
    const bool is_there = ::fstat(fd.get(), &locked) == 0 && ::lstat(path.c_str(), &named) == 0 &&
                          locked.st_ino == named.st_ino && locked.st_dev == named.st_dev;
    return is_there ? std::optional(std::move(fd)) : std::nullopt;
}

}  // namespace

Result<JobDirectory> make_job_directory() {
    const char* wanted = std::getenv("TMPDIR");
    const std::string_view variable = wanted == nullptr ? "" : wanted;
    const bool is_usable = variable.starts_with('/') && variable.size() <= parent_size_max;
    const std::string parent(is_usable ? variable : "/tmp");
    remove_left_behind(parent.c_str());
    for (int attempt = 0; attempt < attempts_max; ++attempt) {
        std::string path = parent + "/" + std::string(name_pattern);
        // mkdtemp makes it with mode 0700.
        if (::mkdtemp(path.data()) == nullptr)
            return system_failure("make a directory " + path, errno, "set TMPDIR to a directory you may write to");
        if (auto lock = try_lock(path)) return JobDirectory{std::move(path), std::move(*lock)};
    }
    return failure("make a directory in " + parent, "others remove it each time", "set TMPDIR to another directory");
}

void remove_job_directory(const std::string& path) {
    const Directory directory = open_directory(AT_FDCWD, path.c_str());
    if (!directory || !is_private(::dirfd(directory.get()))) return;
    remove_sockets(directory.get());
    // Refused by the kernel while anything else is in it.
    ::rmdir(path.c_str());
}

}  // namespace scoop::base
