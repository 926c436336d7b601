#include "node/rendezvous.hpp"

#include <utility>

#include "base/user_directory.hpp"
#include "node/mpi_presence.hpp"

namespace scoop::node {

base::Result<std::unique_ptr<Rendezvous>> make_rendezvous(const OtherLauncher& other,
                                                          std::unique_ptr<PmixClient> pmix) {
    if (other.pmi_fd) {
        auto channel = make_pmi_channel(*other.pmi_fd);
        if (!channel) return tl::unexpected(std::move(channel.error()));
        return make_launcher_rendezvous(other, std::move(*channel));
    }
    std::string better_way;
    if (other.has_pmix && !pmix && mpi_presence() == MpiPresence::to_be_initialized) {
        better_way = "a program with MPI in it calls MPI_Init before scoop::run";
    } else if (other.has_pmix && !pmix) {
        auto connected = PmixClient::connect();
        if (connected)
            pmix = std::move(*connected);
        else  // there is the file, which usually does as well
            better_way = connected.error().sentence();
    }
    if (pmix) return make_launcher_rendezvous(other, make_pmix_channel(std::move(pmix)));
    const std::string attempt = "find the other copies that " + other.name + " has started";
    const std::string directory = base::user_directory();
    if (other.start.empty())
        return base::failure(attempt,
                             "it offers neither PMI-1 nor a number of the job by which they could find each other",
                             "start the program with scoop-run; SCOOP_LAUNCHER=none makes each copy a job of one");
    if (directory.empty())
        return base::failure(attempt, "neither XDG_CACHE_HOME nor HOME names a directory for the file they meet in",
                             "set XDG_CACHE_HOME to one that all hosts share");
    return make_file_rendezvous(directory, other.start, better_way);
}

}  // namespace scoop::node
