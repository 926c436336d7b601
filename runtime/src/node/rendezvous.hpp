// Rendezvous: how rank 0 tells one line of text to all other copies of the program that another launcher has started,
// and to nobody else. One thread, at the start.
//
// | by                          | where                                                                              |
// |-----------------------------|------------------------------------------------------------------------------------|
// | the launcher, over PMI-1    | Hydra (MPICH, Intel MPI), flux run, srun --mpi=pmi2: a descriptor, lines of text   |
// | the launcher, over PMIx     | Open MPI, srun --mpi=pmix, where libpmix can be loaded (node/pmix_client); not in  |
// |                             | a program with MPI that may still call MPI_Init, which Open MPI can begin only once |
// | a file only the user reads  | else, and where not all have come over the launcher: in a directory that the hosts |
// |                             | share                                                                              |
//
// The text holds keys, so it has no blanks and is at most `protocol::start_text_max` long: what PMI-1 takes as one
// value.
#pragma once

#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/failure.hpp"
#include "node/launcher_channel.hpp"
#include "node/other_launcher.hpp"
#include "node/pmix_client.hpp"
#include "protocol/start_text.hpp"

namespace scoop::node {

class Rendezvous {
public:
    virtual ~Rendezvous() = default;
    /// In rank 0, once.
    [[nodiscard]] virtual base::Result<void> publish(const std::string& text, base::TimePoint deadline) = 0;
    /// In rank 0, when not all have come in a while: tells it in any other way, too.
    virtual void tell_again() {}
    /// In the others: waits for the text. Asked again it says what is there then, since a file may be one that an
    /// earlier start has left behind.
    [[nodiscard]] virtual base::Result<std::string> look_up(base::TimePoint deadline) = 0;
    /// In all copies: everybody has it.
    virtual void withdraw() {}
    /// This process ends. Any thread, with nobody else here.
    virtual void end() {}
    /// What has to be known of copies that have not come; may be empty.
    [[nodiscard]] virtual std::string doubt() const { return {}; }
};

/// `pmix`: the connection to the launcher, if there is one already. It cannot be closed and opened again: the launcher
/// takes the end of rank 0's for its last word.
[[nodiscard]] base::Result<std::unique_ptr<Rendezvous>> make_rendezvous(const OtherLauncher& other,
                                                                        std::unique_ptr<PmixClient> pmix);

/// One each. The directory is made if need be. `better_way`: what to do where hosts share none; may be empty.
[[nodiscard]] std::unique_ptr<Rendezvous> make_launcher_rendezvous(const OtherLauncher& other,
                                                                   std::unique_ptr<LauncherChannel> channel);
[[nodiscard]] std::unique_ptr<Rendezvous> make_file_rendezvous(std::string directory, const std::string& start,
                                                               const std::string& better_way);

}  // namespace scoop::node
