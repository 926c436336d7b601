#include "base/wait_status.hpp"

#include <sys/wait.h>

#include <cstring>

namespace scoop::base {

std::string describe_wait_status(int wait_status) {
    if (WIFSIGNALED(wait_status)) {
        const int number = WTERMSIG(wait_status);
        const char* name = ::sigdescr_np(number);  // unlike strsignal it may be called from any thread
        return "was killed by signal " + std::to_string(number) +
               (name == nullptr ? "" : " (" + std::string(name) + ")");
    }
    return "exited with status " + std::to_string(WEXITSTATUS(wait_status));
}

}  // namespace scoop::base
