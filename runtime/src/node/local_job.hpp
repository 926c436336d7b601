// LocalJob: a job on this machine without scoop-run. The process that the user started is the root, and this object is
// the part of the launcher in it: it starts a node process as a child, through a guardian as ever, and the node starts
// the other workers. A thread of its own speaks with the node and writes what the workers print to our stdout and
// stderr, in whole lines.
//
// | state     | what it waits for                         | then                                                     |
// |-----------|-------------------------------------------|----------------------------------------------------------|
// | greeting  | the node's hello                          | the job is described                                     |
// | preparing | the configuration of rank 0, then ready   | `start` goes to the root's Comm                          |
// | running   | order to end                              | `end` goes to the node                                   |
// |           | the failure or the end of the node        | the workers are lost: the root's channel is closed       |
// | ending    | the end of the node's channel             | over                                                     |
// | over      | –                                         | –                                                        |
//
// The end of the node in greeting or preparing is a failed start. Later it is the end of the job, which the root's Comm
// is told by the end of its own channel. The node for its part ends everything when this process does.
//
// The members are for the thread that made the object, the program's main thread.
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.hpp"
#include "base/failure.hpp"
#include "base/line_merger.hpp"
#include "base/unique_fd.hpp"
#include "base/wakeup.hpp"
#include "node/root_job.hpp"
#include "protocol/control.hpp"

namespace scoop::node {

/// How many workers a program that is started by hand makes itself, the root included. Its children never see it.
inline constexpr const char* workers_variable = "SCOOP_WORKERS";
/// More is a slip of the finger: each is a process of this machine.
inline constexpr std::uint32_t local_workers_max = 1024;

/// The number in `text`, the value of the variable; 1 when it is empty.
[[nodiscard]] base::Result<std::uint32_t> parse_local_workers(std::string_view text);

class LocalJob final : public RootJob {
public:
    /// Starts the node and waits until its broker runs. The other workers are copies of this program with the arguments
    /// of this process, in its working directory and with its environment.
    [[nodiscard]] static base::Result<std::unique_ptr<LocalJob>> start(std::uint32_t workers);
    /// end(), and the end of the root's channel.
    ~LocalJob() override;

    [[nodiscard]] const control::WorkerConfig& root_config() const override { return *root_config_; }
    [[nodiscard]] base::UniqueFd take_root_channel() override { return std::move(root_end_); }
    [[nodiscard]] base::Result<void> wait_ready() override;
    /// Ends the job: returns when all its other processes are gone and what they printed is written.
    void end() override;

private:
    enum class State { greeting, preparing, running, ending, over };

    LocalJob(std::uint32_t workers, base::UniqueFd channel, base::FdPair root_channel);

    // Before the thread.
    [[nodiscard]] base::Result<void> start_guardian(base::UniqueFd guardian_end);

    // The thread.
    void run();
    void turn();
    void on_orders();
    void on_channel_readable();
    [[nodiscard]] base::Result<void> read_messages();
    [[nodiscard]] base::Result<void> on_message(const control::Message& message);
    void on_ready();
    void on_output(const control::OutputChunk& chunk);
    void on_channel_end();
    void lose(const std::string& why);
    void on_deadline();
    [[nodiscard]] std::string describe_job() const;
    void send(control::FrameType type, std::string_view payload = {});
    void change_state(State state);
    void fail(base::Failure failure);
    void write(const base::Text& text);
    [[nodiscard]] std::string wait_for_guardian();
    void kill_everything();

    const std::uint32_t workers_;
    base::UniqueFd channel_;
    base::UniqueFd node_end_of_root_channel_;
    base::UniqueFd root_end_;
    pid_t guardian_ = -1;
    base::UniqueFd guardian_fd_;  ///< readable when it has ended
    base::Wakeup orders_here_;
    std::thread thread_;

    // The thread's.
    std::string unread_line_;  ///< until the ready line is there
    bool is_greeted_ = false;
    control::FrameReader frames_;
    base::LineMerger merger_;
    std::optional<base::TimePoint> deadline_;

    std::mutex mutex_;  // for the rest
    std::condition_variable changed_;
    State state_ = State::greeting;  ///< written by the thread only
    bool must_end_ = false;
    std::optional<control::WorkerConfig> root_config_;  ///< constant once it is there
    std::optional<base::Failure> failure_;
};

}  // namespace scoop::node
