// WorkerProcess: one worker of this host as the node sees it: its process, its control socket, its pipes. One thread.
//
// | state    | until                              | what happens                                               |
// |----------|------------------------------------|------------------------------------------------------------|
// | running  | waitpid tells of its end           | output is passed on, input fed, signals sent               |
// | draining | both output streams are drained    | what the pipes still hold is passed on                     |
// | reported | –                                  | its exit has been told                                     |
#pragma once

#include <sys/types.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/cpu_set.hpp"
#include "base/poll_set.hpp"
#include "base/write_queue.hpp"
#include "node/input_pipe.hpp"
#include "node/output_stream.hpp"
#include "protocol/black_box.hpp"
#include "protocol/control.hpp"

namespace scoop::node {

/// Told of what a worker does; the node loop is one.
class WorkerListener {
public:
    virtual void on_output(control::OutputChunk chunk) = 0;
    /// So many bytes of the root's input have arrived in its pipe.
    virtual void on_input_taken(base::Rank rank, std::uint32_t bytes) = 0;

protected:
    ~WorkerListener() = default;
};

/// Which process of which rank: the first is of incarnation 0, its replacement of a higher one.
struct WorkerName {
    base::Rank rank = 0;
    std::uint32_t incarnation = 0;
};

/// What this worker is told first; `broker_endpoint` is that of this host.
[[nodiscard]] control::WorkerConfig make_worker_config(const control::JobDescription& job, WorkerName name,
                                                       const std::string& broker_endpoint);

class WorkerProcess {
public:
    ~WorkerProcess() { protocol::unmap_black_box(black_box_); }
    WorkerProcess(const WorkerProcess&) = delete;
    WorkerProcess& operator=(const WorkerProcess&) = delete;

    /// Starts it; `broker_endpoint` is that of this host, and without `cpus` it may run where we may. The listener
    /// outlives the worker.
    [[nodiscard]] static base::Result<std::unique_ptr<WorkerProcess>> start(const control::JobDescription& job,
                                                                            WorkerName name, base::CpuSet cpus,
                                                                            const std::string& broker_endpoint,
                                                                            WorkerListener& listener);

    [[nodiscard]] base::Rank rank() const { return name_.rank; }
    [[nodiscard]] std::uint32_t incarnation() const { return name_.incarnation; }
    [[nodiscard]] pid_t pid() const { return pid_; }
    [[nodiscard]] bool is_running() const { return !wait_status_; }
    [[nodiscard]] bool is_reported() const { return is_reported_; }

    /// After its end: the task that it executed.
    [[nodiscard]] std::optional<protocol::BlackBox::Blamed> blamed() const {
        return black_box_ == nullptr ? std::nullopt : black_box_->blamed();
    }

    /// Adds what this worker waits for to the turn of the loop.
    void watch(base::PollSet& poll_set);
    void send(control::FrameType type, std::string_view payload = {});
    [[nodiscard]] base::Result<void> on_input(std::string bytes) { return input_.push(std::move(bytes)); }
    void on_credit(std::uint8_t stream, std::uint32_t bytes);
    /// To the worker and, where it has a session of its own, to its process group; those of base/program_signals to it
    /// alone.
    void signal(int number);
    /// Tells the worker of the end of its job, by closing its control socket and its input.
    void tell_end();
    void discard_output();

    void on_exit(int wait_status, base::TimePoint now);
    /// The exit, once, as soon as it may be reported.
    [[nodiscard]] std::optional<control::WorkerExit> take_exit(base::TimePoint now);
    /// From when on take_exit has something; nothing as long as that depends on a descriptor.
    [[nodiscard]] std::optional<base::TimePoint> exit_due() const;
    /// What it printed last on stderr.
    [[nodiscard]] const std::string& error_tail() const { return streams_[1].tail(); }

private:
    WorkerProcess(WorkerName name, WorkerListener& listener, base::UniqueFd control, InputPipe input,
                  std::array<OutputStream, 2> streams)
        : name_(name),
          listener_(listener),
          control_(std::move(control)),
          input_(std::move(input)),
          streams_(std::move(streams)) {}
    void read(OutputStream& stream);
    void flush_control();

    WorkerName name_;
    WorkerListener& listener_;
    pid_t pid_ = 0;
    bool has_own_session_ = true;
    base::UniqueFd control_;
    base::WriteQueue control_queue_;
    InputPipe input_;
    std::array<OutputStream, 2> streams_;
    protocol::BlackBox* black_box_ = nullptr;  ///< mapped
    std::optional<int> wait_status_;
    bool is_reported_ = false;
};

}  // namespace scoop::node
