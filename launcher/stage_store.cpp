#include "launcher/stage_store.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace scoop::launcher {

namespace {

constexpr mode_t permissions = 0777;

std::string attempt_on(const std::string& path) { return "copy " + path + " to the hosts"; }

std::string octal(mode_t mode) {
    char text[8];
    std::snprintf(text, sizeof text, "%o", static_cast<unsigned>(mode));
    return text;
}

}  // namespace

std::string file_name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

base::Result<StagedFile> StagedFile::open(const std::string& path) {
    StagedFile file;
    file.path_ = path;
    // A pipe would keep us waiting for its writer.
    file.fd_.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status {};
    if (!file.fd_ || ::fstat(file.fd_.get(), &status) != 0) return base::system_failure(attempt_on(path));
    if (!S_ISREG(status.st_mode))
        return base::failure(attempt_on(path), "it is not a regular file",
                             S_ISDIR(status.st_mode) ? "name the files in it, or an archive of it" : "");
    file.size_ = static_cast<std::uint64_t>(status.st_size);
    file.mode_ = octal((status.st_mode & permissions) | S_IRUSR);
    return file;
}

base::Result<std::string> StagedFile::read(std::uint64_t offset, std::size_t size_max) const {
    std::string bytes(std::min<std::uint64_t>(size_max, size_ - offset), '\0');
    for (std::size_t done = 0; done < bytes.size();) {
        const auto count =
            ::pread(fd_.get(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return base::system_failure(attempt_on(path_));
        if (count == 0) return base::failure(attempt_on(path_), "it has become shorter meanwhile", "run it again");
        done += static_cast<std::size_t>(count);
    }
    return bytes;
}

base::Result<const StagedFile*> StageStore::find(const std::string& path) {
    if (const auto known = files_.find(path); known != files_.end()) return &known->second;
    auto file = StagedFile::open(path);
    if (!file) return tl::unexpected(std::move(file.error()));
    return &files_.emplace(path, std::move(*file)).first->second;
}

base::Result<void> check_stage_files(const StageOrder& order, const std::string& program) {
    std::map<std::string, std::string> paths;  // by name
    if (order.has_program) paths.emplace(file_name_of(program), program);
    for (const std::string& path : order.files) {
        const std::string name = file_name_of(path);
        if (path.find('\n') != std::string::npos)
            return base::failure(attempt_on(path), "a path with a line end in it cannot be used", "rename it");
        if (auto file = StagedFile::open(path); !file) return tl::unexpected(std::move(file.error()));
        const auto [same, is_new] = paths.emplace(name, path);
        if (!is_new && same->second != path)
            return base::failure(attempt_on(path), same->second + " has the same name, and both go into one directory",
                                 "rename one of them");
        if (!is_new)
            return base::failure(attempt_on(path), "it is named twice", "name it once; --stage takes the program");
    }
    return {};
}

}  // namespace scoop::launcher
