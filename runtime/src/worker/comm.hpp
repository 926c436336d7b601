// Comm: the thread that owns the worker's socket to its host's broker and its control channel to the node.
//
// It exports unstarted tasks when others want work, brings in tasks and results, and asks for work when the compute
// thread has none. It never waits for user code that computes; what it calls of the user's are serialize functions.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/unique_fd.hpp"
#include "base/wakeup.hpp"
#include "protocol/control.hpp"
#include "protocol/messages.hpp"
#include "protocol/tags.hpp"
#include "scoop/error.hpp"
#include "transport/local.hpp"
#include "worker/compute.hpp"
#include "worker/export_table.hpp"
#include "worker/remote_task.hpp"
#include "worker/stragglers.hpp"
#include "worker/worker_core.hpp"

namespace scoop::worker {

/// Who reads what other workers post, on the comm thread.
struct MailReader {
    virtual ~MailReader() = default;
    virtual void on_post(base::Rank from, std::uint8_t subject, std::string&& content, protocol::Bytes&& value) = 0;
    virtual void on_ranks_down(const protocol::RanksDown& down) = 0;
    virtual void on_rank_up(base::Rank rank) = 0;
    virtual void on_host_joined(const protocol::HostJoined& joined) = 0;
};

class Comm final : public ComputeListener, public ResultSink {
public:
    /// `control_fd` is the worker's channel to its node; `frames` holds what came on it after the WorkerConfig.
    Comm(const control::WorkerConfig& config, base::UniqueFd control_fd, control::FrameReader frames);
    ~Comm() override;

    /// Connects and starts the thread. `compute` and `mail_reader` outlive the thread.
    [[nodiscard]] base::Result<void> start(Compute& compute, MailReader& mail_reader);
    /// When start() has failed: whether the node is gone, and the broker with it.
    [[nodiscard]] bool has_node_ended() const;
    /// Waits until the launcher has started the job.
    void wait_started();
    /// Sends what is still to be sent and ends the thread.
    void stop();

    // Any thread.
    /// Called last when the end of the job ends this process.
    void set_last_act(std::function<void()> act);
    /// Sends these bytes to another worker, before the results of tasks that end after this call.
    void post(base::Rank to, std::uint8_t subject, std::string content, protocol::Bytes value);
    /// These tasks of ours, by export number, were cancelled while they were with others.
    void cancel_exported(const std::vector<std::uint64_t>& numbers);
    /// What the hosts of this job carry; and whether ours carries all of these tags.
    [[nodiscard]] const protocol::TagTable& tags() const { return tags_; }
    [[nodiscard]] bool carries(protocol::TagMask needed) const {
        return (tags_.of_host(config_.host) & needed) == needed;
    }
    /// A claimed task of ours that only other hosts can run.
    void send_away(detail::Block& block);
    /// Tasks of ours that others, or we ourselves by way of the broker, are known to have started.
    [[nodiscard]] std::vector<SentBlock> started_elsewhere() const { return exported_.started(); }
    void on_idle() override;
    void on_demand() override;
    void on_remote_started(std::uint64_t function) override;
    void on_remote_finished(protocol::ResultItem result, std::uint64_t function, std::uint64_t nanoseconds) override;
    void on_remote_part(protocol::ResultItem part) override;
    void on_remote_ended_early(protocol::ResultItem result, const std::vector<std::uint64_t>& export_numbers) override;

    // The comm thread.
    /// Another worker, or this one, says that it runs tasks of ours.
    void on_started(base::Rank executor, const std::string& content);

private:
    enum News : unsigned { hungry = 1, demand = 2, stopping = 4, outgoing = 8 };

    /// A task of another worker, or one of ours that has come back.
    struct Here {
        detail::TaskRef task;
        bool is_told = false;  ///< its owner knows that it runs
    };

    void run();
    void poke(unsigned news);
    void wait();
    void read_messages();
    void on_message(std::string_view bytes, transport::Attachments&& attachments);
    void read_control();
    void read_control_frames();
    void send(const protocol::Message& message);
    void send_outgoing();
    void send_tasks_away(const std::vector<detail::Block*>& blocks);
    void send_results(std::vector<protocol::ResultItem> items);
    void ask_for_work();
    std::size_t export_tasks(std::size_t count);
    std::size_t send_tasks(const std::vector<detail::Block*>& blocks);
    void describe(detail::Block& block, const detail::TaskLimits& limits, protocol::TaskItem& item);
    bool export_own(detail::Block& block, protocol::TaskItem& item);
    void on_given_away();
    void mind_stragglers();
    void send_copies();
    std::optional<protocol::TaskItem> make_copy(const base::TaskId& first);
    void drop(const base::TaskId& id, std::vector<base::TaskId>& dropped);
    void cancel_away(std::vector<base::TaskId> ids);
    void try_export(bool asked);
    void act(WorkerCore::Decision decision);
    void receive(const protocol::Steal& steal);
    void receive(protocol::Tasks&& tasks);
    void receive(protocol::Results&& answered);
    void receive_part(protocol::ResultItem&& item);
    void receive(const protocol::Lost& lost);
    void run_again(detail::TaskRef task, const protocol::Loss& loss, bool was_running);
    [[nodiscard]] bool fail_if_guilty(detail::Block& block, const protocol::Loss& loss, bool was_running);
    void lose_copy(const base::TaskId& id, const base::TaskId& twin, const protocol::Loss* loss);
    [[nodiscard]] std::optional<std::chrono::milliseconds> time_to_look();
    void look_later();
    void tell_started();
    void do_what_is_due();
    void note_dead(const protocol::RanksDown& down);
    void fail_all();
    void fail_unstarted();
    void fail_hopeless(detail::Block& block, std::uint32_t attempts);
    void fail(detail::Block& block, const WorkerLost& error);
    void receive(const protocol::RanksDown& down);
    void receive(const protocol::HostJoined& joined);
    void receive(const protocol::RankUp& up) { mail_reader_->on_rank_up(up.rank); }
    detail::TaskState cancel_remote(detail::TaskRef task);
    void receive(const protocol::Cancel& cancel);
    void receive(protocol::Post&& post);
    void receive(const protocol::Refused& refused);
    template <class Other>
    void receive(const Other&) {}
    void on_control_closed();
    [[noreturn]] void die(const std::string& sentence, int status);

    const control::WorkerConfig config_;
    const protocol::TagTable tags_;
    base::UniqueFd control_fd_;
    control::FrameReader control_frames_;
    Compute* compute_ = nullptr;
    MailReader* mail_reader_ = nullptr;
    std::optional<transport::LocalClient> broker_;
    bool is_broker_gone_ = false;
    base::Wakeup wakeup_;
    std::thread thread_;
    WorkerCore core_;
    ExportTable exported_;
    std::unordered_map<base::TaskId, Here, base::TaskIdHash> remote_;
    std::optional<base::TimePoint> next_look_;  // at which of them run
    Stragglers stragglers_{&base::Clock::now};
    std::optional<base::TimePoint> wanted_since_;  // others have had nothing to do
    std::optional<base::TimePoint> next_copies_;   // when to look for stragglers
    base::TimePoint last_copies_;
    std::unordered_set<base::Rank> working_;   // who runs tasks and is not dead for good
    std::optional<protocol::Loss> last_loss_;  // of the last worker, if nobody is left to run tasks

    std::atomic<unsigned> news_{0};
    std::atomic<bool> asleep_{false};
    std::atomic<bool> asked_ahead_{false};            // a request is under way: no need to ask again
    std::atomic<std::uint32_t> remote_waiting_{0};    // received, not started
    std::atomic<std::uint64_t> task_nanoseconds_{0};  // moving mean of received tasks; 0: none has run yet

    std::mutex mutex_;
    std::condition_variable started_condition_;
    bool started_ = false;
    std::function<void()> last_act_;
    std::vector<protocol::ResultItem> results_;
    std::vector<protocol::Post> posts_;
    std::vector<std::uint64_t> cancelled_;   // export numbers
    std::vector<detail::Block*> sent_away_;  // claimed
};

}  // namespace scoop::worker
