// MortalWorker: one process of a worker in a job with faults, with its real WorkerCore. It runs a tree of tasks: a task
// runs, submits its children, and waits for them; its result is the sum of the marks below it. What others do to it, it
// takes as Comm does: lost tasks are run again, those of dead owners are forgotten, cancelled ones are answered. When
// others have nothing to do it sends a few of its tasks that are away once more; the first answer counts.
//
// It does not know of faults: whoever owns it drops it, or lets it hear and do nothing for a while.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "event_queue.hpp"
#include "protocol/messages.hpp"
#include "worker/worker_core.hpp"
#include "workload.hpp"

namespace scoop::simulation {

struct Sum {
    std::uint64_t tasks = 0;
    std::uint64_t marks = 0;
    friend bool operator==(const Sum&, const Sum&) = default;
};

class MortalWorker {
public:
    struct Surroundings {
        std::function<void(const protocol::Message&)> send;  ///< to the host's broker
        std::function<void(Time)> run_for;                   ///< on_task_end is called after that time
        Workload* workload;
        std::uint32_t copies = 0;  ///< of tasks that are away, sent when somebody has nothing to do
    };
    MortalWorker(base::Rank rank, std::uint32_t incarnation, Surroundings surroundings);

    /// It has said hello.
    void begin() { run_next(); }
    /// The program submits this and waits.
    void submit(const Work& work);
    void on_message(protocol::Message message);
    void on_task_end();
    /// The program's result, once it is there.
    [[nodiscard]] const std::optional<Sum>& result() const { return result_; }
    [[nodiscard]] std::uint32_t copies_sent() const { return surroundings_.copies - copies_left_; }
    /// Whether no task is left in its memory.
    [[nodiscard]] bool is_at_rest() const { return tasks_.empty() && exported_.empty() && received_.empty(); }

private:
    using Number = std::uint64_t;  // of a task in this process
    enum class State { queued, running, waiting, exported };
    struct Task {
        Work work = {};
        State state = State::queued;
        std::uint32_t attempt = 1;
        std::optional<base::TaskId> received_as = {};  // of another worker, or an own one that came back
        std::optional<base::TaskId> exported_as = {};
        std::optional<base::TaskId> copied_as = {};  // a second time
        std::optional<Number> parent = {};
        std::set<Number> children = {};  // that have not ended
        Sum sum = {};
        bool is_cancelled = false;  // nobody waits for it
    };

    void run_next();
    void push(Task task);
    void complete(Number number);
    void cancel(Number number);
    void forget(Number number);
    void on_hungry();
    void try_export(bool asked);
    std::size_t export_tasks(std::size_t count);
    [[nodiscard]] protocol::TaskItem item_of(const Task& task);
    bool send_copy();
    void give_up(std::optional<base::TaskId>& id);
    void act(worker::WorkerCore::Decision decision);

    void receive(protocol::Tasks& tasks);
    void receive(protocol::Results& results);
    void receive(protocol::Steal& steal);
    void receive(protocol::Lost& lost);
    void receive(protocol::RanksDown& down);
    void receive(protocol::Cancel& cancelled);
    void receive(protocol::RankUp&) {}
    void receive(protocol::HostJoined&) {}
    void receive(protocol::Welcome&) {}
    template <class Other>
    void receive(Other& message);

    const base::Rank rank_;
    const std::uint32_t incarnation_;
    const Surroundings surroundings_;
    worker::WorkerCore core_;
    bool is_armed_ = false;

    std::map<Number, Task> tasks_;
    Number made_ = 0;
    std::deque<Number> queue_;  // the newest is run here, the oldest goes to others
    std::optional<Number> running_;
    std::map<base::TaskId, Number> exported_;
    std::map<base::TaskId, Number> received_;
    std::set<base::TaskId> given_up_;  // exported and cancelled: they may still be answered
    std::uint64_t exports_ = 0;
    std::uint32_t copies_left_;
    std::optional<Sum> result_;
};

}  // namespace scoop::simulation
