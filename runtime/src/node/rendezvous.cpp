#include "node/rendezvous.hpp"

#include "base/user_directory.hpp"

namespace scoop::node {

base::Result<std::unique_ptr<Rendezvous>> make_rendezvous(const OtherLauncher& other) {
    if (other.pmi_fd) return make_pmi_rendezvous(*other.pmi_fd);
    const std::string attempt = "find the other copies that " + other.name + " has started";
    const std::string directory = base::user_directory();
    if (other.start.empty())
        return base::failure(attempt,
                             "it offers neither PMI-1 nor a number of the job by which they could find each other",
                             "start the program with scoop-run; SCOOP_LAUNCHER=none makes each copy a job of one");
    if (directory.empty())
        return base::failure(attempt, "neither XDG_CACHE_HOME nor HOME names a directory for the file they meet in",
                             "set XDG_CACHE_HOME to one that all hosts share");
    return make_file_rendezvous(directory, other.start);
}

}  // namespace scoop::node
