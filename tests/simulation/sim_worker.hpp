// SimWorker: a worker with its real WorkerCore. Its compute and comm thread are played after compute.hpp and comm.hpp:
// the newest own task first, the oldest for others, a waiting task is set aside, a running stretch is split from its
// far end.
#pragma once

#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "worker/worker_core.hpp"
#include "world.hpp"

namespace scoop::simulation {

class SimWorker {
public:
    SimWorker(World& world, base::Rank rank, std::uint32_t host) : world_(world), rank_(rank), host_(host) {}

    /// At the beginning nobody has anything to do.
    void begin() { run_next(); }
    /// The program submits this and waits.
    void submit(const Work& work);
    void on_letter(const Letter& letter);
    void on_task_end();
    void on_comm_wake();
    /// Whether it has neither tasks nor anything to say.
    [[nodiscard]] bool is_at_rest() const;

private:
    enum News : unsigned { hungry = 1, demand = 2, outgoing = 4 };

    // The compute thread.
    void run_next();
    [[nodiscard]] TaskIndex take();
    void start(TaskIndex task);
    void start_elements(Task& task);
    void end_elements(Task& task);
    void end_tree_task(TaskIndex task);
    void resume_ready();
    void complete_if_done(TaskIndex task);
    void push(TaskIndex task);
    void send_part_if_due(Task& task);
    void add_result(const Task& task, protocol::Outcome outcome);

    // The comm thread.
    void poke(unsigned news);
    void comm_turn();
    void ask_for_work();
    void try_export(bool asked);
    void act(worker::WorkerCore::Decision decision);
    [[nodiscard]] std::size_t unstarted() const;
    [[nodiscard]] std::vector<TaskIndex> claim_for_export(std::size_t count);
    [[nodiscard]] TaskIndex split_running();
    std::size_t send_tasks(const std::vector<TaskIndex>& tasks);
    void receive(protocol::Tasks& tasks);
    void receive(protocol::Results& results);
    void receive(protocol::Steal& steal);
    template <class Other>
    void receive(Other& message);
    void send(const protocol::Message& message);

    World& world_;
    const base::Rank rank_;
    const std::uint32_t host_;
    worker::WorkerCore core_;

    std::deque<TaskIndex> own_;
    std::deque<TaskIndex> shared_;
    std::vector<TaskIndex> ready_;  // waited, and may go on
    TaskIndex running_ = no_task;
    std::uint32_t elements_running_ = 0;
    bool is_idle_ = false;

    unsigned news_ = 0;
    bool comm_wakes_ = false;
    bool is_demand_armed_ = false;
    bool asked_ahead_ = false;
    std::uint32_t remote_waiting_ = 0;
    std::uint64_t mean_ = 0;  // nanoseconds
    std::uint64_t exports_ = 0;
    std::unordered_map<std::uint64_t, TaskIndex> exported_;
    protocol::Results results_;
};

}  // namespace scoop::simulation
