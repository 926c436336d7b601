// CopiesRoot: a job whose processes another launcher has started (mpirun, srun …), in rank 0. It plays the launcher's
// part: tells the other copies where it is, learns where they are, and says who runs which host's broker. Why so:
// docs/decisions/0004-other-launchers.md; what is said: node/copies_talk.
//
// | step                | by            | what it waits for                                                          |
// |---------------------|---------------|----------------------------------------------------------------------------|
// | gather              | start()       | the hello of every copy                                                    |
// | describe            | start()       | the endpoint of every other host's broker                                  |
// | wait for the others | wait_ready()  | ready on every lifeline, and our own broker                                |
// | running             | –             | the end of a lifeline or of the process that started this one, as a rule   |
// |                     |               | the launcher's: then the job is over                                       |
//
// Up to the last step everything is limited by one deadline.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/failure.hpp"
#include "node/copies_broker.hpp"
#include "node/copies_talk.hpp"
#include "node/lifelines.hpp"
#include "node/other_launcher.hpp"
#include "node/rendezvous.hpp"
#include "node/root_job.hpp"
#include "transport/curve.hpp"
#include "transport/sockets.hpp"

namespace scoop::node {

class CopiesRoot final : public RootJob {
public:
    /// `tasks` are the names that worker::function_names() gives.
    CopiesRoot(const OtherLauncher& other, std::unique_ptr<Rendezvous> rendezvous, std::vector<std::string> tasks);
    ~CopiesRoot() override { end(); }

    /// Once. Say why it has failed before this ends: with the connections the other copies end, and with one of them
    /// the launcher may end this process.
    [[nodiscard]] base::Result<void> start();
    [[nodiscard]] const control::WorkerConfig& root_config() const override { return root_config_; }
    [[nodiscard]] base::UniqueFd take_root_channel() override { return std::move(root_end_); }
    [[nodiscard]] base::Result<void> wait_ready() override;
    void end() override;

private:
    [[nodiscard]] base::Result<void> open();
    [[nodiscard]] base::Result<void> gather();
    [[nodiscard]] base::Result<void> describe();
    [[nodiscard]] base::Result<void> turn(base::TimePoint until);
    [[nodiscard]] base::Result<void> on_message(const transport::Received& received);
    [[nodiscard]] base::Result<void> on_hello(const transport::RoutingId& from, CopyHello hello);
    void place_copies();
    [[nodiscard]] bool configure(base::HostIndex host, const std::string& endpoint);
    [[nodiscard]] std::string missing() const;

    struct Copy {
        transport::RoutingId connection;
        std::string place;
        std::string host_name;
    };

    const OtherLauncher other_;
    const std::vector<std::string> tasks_;
    const base::TimePoint deadline_;
    std::unique_ptr<Rendezvous> rendezvous_;
    control::JobDescription job_;
    std::string server_secret_key_;
    std::map<base::Rank, Copy> copies_;  ///< that have come; this one too
    std::map<transport::RoutingId, base::Rank> rank_of_;
    std::size_t brokers_missing_ = 0;  ///< of other hosts

    std::optional<transport::Context> context_;  // up to the end of start()
    std::optional<transport::ClientGate> gate_;
    std::optional<transport::Router> router_;

    CopiesBroker broker_;
    Lifelines lifelines_;
    control::WorkerConfig root_config_;
    base::UniqueFd launcher_end_;  ///< of the channel that the root's Comm has
    base::UniqueFd root_end_;
};

}  // namespace scoop::node
