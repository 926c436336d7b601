// CopyMember: a copy of the program that another launcher has started, other than rank 0, until it is a worker of the
// job; and the broker of its host if it is the first one there. For the program's main thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/failure.hpp"
#include "base/unique_fd.hpp"
#include "node/copies_broker.hpp"
#include "node/copies_talk.hpp"
#include "node/other_launcher.hpp"
#include "node/rendezvous.hpp"
#include "transport/sockets.hpp"

namespace scoop::node {

class CopyMember {
public:
    /// Finds rank 0 and learns its part from it. An empty Failure: rank 0 has ended, and has said why.
    [[nodiscard]] static base::Result<std::unique_ptr<CopyMember>> join(const OtherLauncher& other,
                                                                        std::unique_ptr<Rendezvous> rendezvous,
                                                                        std::vector<std::string> tasks);

    [[nodiscard]] const control::WorkerConfig& config() const { return config_.worker; }
    /// The lifeline, which is a worker's control channel: its end is the job's. Once.
    [[nodiscard]] base::UniqueFd take_channel() { return std::move(lifeline_); }
    /// Once our Comm has been started, and every other one of the host if we have its broker, tells rank 0 so. The
    /// broker goes on until the process ends.
    [[nodiscard]] base::Result<void> report_ready();
    /// This process ends. Any thread, when the others have nothing more to do here.
    void end() { rendezvous_->end(); }

private:
    CopyMember(const OtherLauncher& other, std::unique_ptr<Rendezvous> rendezvous, std::vector<std::string> tasks);
    [[nodiscard]] base::Result<void> run_join();
    [[nodiscard]] base::Result<bool> try_connect(const std::string& text);
    [[nodiscard]] base::Result<void> take_part();
    [[nodiscard]] base::Result<void> start_broker(std::string_view message);
    [[nodiscard]] base::Result<std::string> receive();
    [[nodiscard]] base::Duration time_left() const;

    const OtherLauncher other_;
    const std::vector<std::string> tasks_;
    const base::TimePoint deadline_;
    const std::unique_ptr<Rendezvous> rendezvous_;
    control::CurveKeys keys_;
    std::string address_;  ///< of rank 0, as we reach it
    std::optional<transport::Context> context_;
    std::optional<transport::Dealer> dealer_;
    std::unique_ptr<CopiesBroker> broker_;
    CopyConfig config_;
    base::UniqueFd lifeline_;
    int lifeline_fd_ = -1;  ///< the same, for report_ready()
};

}  // namespace scoop::node
