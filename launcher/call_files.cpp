#include "launcher/call_files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/unique_fd.hpp"
#include "base/user_directory.hpp"
#include "launcher/start_command.hpp"

namespace scoop::launcher {

namespace {

constexpr std::size_t said_max = 16 * 1024;
constexpr const char* input_name = "/input";
constexpr const char* said_name = "/said";
constexpr const char* advice =
    "the job's hosts must share that directory: XDG_CACHE_HOME names another one; --launcher ssh needs none";

base::Result<void> write_new_file(const std::string& path, const std::string& content) {
    const base::UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    const auto size = static_cast<ssize_t>(content.size());
    if (!file || ::write(file.get(), content.data(), content.size()) != size || ::fsync(file.get()) != 0)
        return base::system_failure("write the file " + path, errno, advice);
    return {};
}

}  // namespace

base::Result<CallFiles> CallFiles::make(const std::string& input) {
    const std::string parent = base::user_directory();
    if (parent.empty())
        return base::failure("make the file by which a host learns where to call back",
                             "neither XDG_CACHE_HOME nor HOME names a directory for it",
                             "set XDG_CACHE_HOME to one that all hosts share");
    if (auto made = base::make_directories(parent, advice); !made) return tl::unexpected(std::move(made.error()));
    std::string path = parent + "/call-XXXXXX";  // made with mode 0700
    if (::mkdtemp(path.data()) == nullptr) return base::system_failure("make the directory " + path, errno, advice);
    CallFiles files(std::move(path));
    if (auto written = write_new_file(files.directory_ + input_name, input); !written)
        return tl::unexpected(std::move(written.error()));
    return files;
}

std::string CallFiles::said() const {
    const base::UniqueFd file(::open((directory_ + said_name).c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    std::string text(said_max, '\0');
    const auto size = file ? ::read(file.get(), text.data(), text.size()) : 0;
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return text;
}

std::string CallFiles::redirections() const {
    const std::string input = quote_for_sh(directory_ + input_name);
    return "exec <" + input + " >" + quote_for_sh(directory_ + said_name) + " 2>&1; rm -f " + input + "; ";
}

void CallFiles::remove(const std::string& directory) {
    if (directory.empty()) return;
    for (const char* name : {input_name, said_name}) ::unlink((directory + name).c_str());
    ::rmdir(directory.c_str());
}

}  // namespace scoop::launcher
