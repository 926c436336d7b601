#include "base/user_directory.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>

namespace scoop::base {

namespace {

std::string absolute_variable(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && value[0] == '/' ? value : "";
}

}  // namespace

std::string user_directory() {
    if (const std::string cache = absolute_variable("XDG_CACHE_HOME"); !cache.empty()) return cache + "/scoop";
    const std::string home = absolute_variable("HOME");
    return home.empty() ? "" : home + "/.cache/scoop";
}

Result<void> make_directories(const std::string& path, const char* advice) {
    for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
        const std::string part = path.substr(0, end);
        if (::mkdir(part.c_str(), 0700) != 0 && errno != EEXIST && (end == std::string::npos || errno != EROFS))
            return system_failure("make the directory " + part, errno, advice);
        if (end == std::string::npos) return {};
    }
}

}  // namespace scoop::base
