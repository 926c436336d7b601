// FakeJob: a whole job in one process for the tests of BrokerCore: fake workers, real cores, channels that keep order.
//
// Whatever can happen next is a choice; a test makes them at random or tries them all. Every message passes the codec.
// The fakes obey the table of messages.hpp and check what only owners can check: each task ends once.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "broker/broker_core.hpp"

namespace scoop::broker::test {

struct FakeJobPlan {
    std::uint32_t hosts = 1;
    std::uint32_t workers_per_host = 2;
    std::uint32_t tasks = 10;  ///< submitted by rank 0, which runs none itself
    std::uint32_t depth = 0;   ///< a task of depth d submits `children` tasks of depth d - 1
    std::uint32_t children = 2;
    std::uint32_t request = 1;  ///< how many tasks an idle worker asks for
    bool prefetches = false;    ///< workers may ask while they still run something
    bool withdraws = false;     ///< workers rather take a request back than give their only task away
};

class FakeJob {
public:
    explicit FakeJob(const FakeJobPlan& plan);

    /// How many different things can happen now. None: everything waits for something.
    [[nodiscard]] std::size_t choice_count() const { return choices_.size(); }
    /// Lets the given one of them happen.
    void choose(std::size_t choice);
    /// Lets things happen at random until nothing can.
    void run(std::mt19937& random);

    /// The worker computes for an hour: its runtime answers, but it starts and finishes nothing until it is released.
    void hold(base::Rank rank);
    void release(base::Rank rank);

    /// A process is killed: what it said last may still be under way.
    void kill_worker(base::Rank rank, std::mt19937& random);
    void kill_host(std::uint32_t host, std::mt19937& random);
    [[nodiscard]] bool is_alive(base::Rank rank) const { return workers_[rank].is_alive; }

    /// Has every task of a living owner ended?
    [[nodiscard]] bool is_complete() const;
    /// Tasks that somebody could start but nobody has: with brokers, on the way, or waiting to be given away.
    [[nodiscard]] std::size_t tasks_idle() const;
    [[nodiscard]] std::uint32_t tasks_started() const { return tasks_started_; }
    [[nodiscard]] std::uint32_t started_on_host(std::uint32_t host) const;
    [[nodiscard]] std::uint32_t messages_sent() const { return messages_sent_; }

private:
    struct Worker {
        base::Rank rank = 0;
        bool is_alive = true;
        bool runs_tasks = true;
        bool is_held = false;
        std::uint32_t to_submit = 0;
        std::deque<protocol::TaskItem> own;       // unstarted; may be given away
        std::deque<protocol::TaskItem> received;  // unstarted; a received task starts before it may move again
        std::optional<protocol::TaskItem> running;
        std::uint32_t requested = 0;
        std::uint32_t armed = 0;
        bool is_armed = false;
        std::uint64_t tasks_made = 0;
        std::map<std::uint64_t, bool> is_away;  // of the own tasks that have not ended: is it exported?
        std::uint32_t started = 0;
    };
    enum class Kind { worker_step, prefetch, up_to_host, down_to_worker, up_to_root, down_to_host };
    struct Choice {
        Kind kind;
        std::uint32_t number;  // of the worker or host
    };
    using Channel = std::deque<std::string>;

    void find_choices();
    void step(Worker& worker);
    void finish(Worker& worker);
    void add_task(Worker& worker, char depth);
    void offer(Worker& worker);
    void give(Worker& worker, std::size_t count);
    void end_task(Worker& owner, const base::TaskId& id, bool came_back);
    void send(const Worker& from, const protocol::Message& message);
    void receive(Worker& worker, const protocol::Message& message);
    void perform_host(std::uint32_t host);
    void perform_root();
    [[nodiscard]] std::uint32_t host_of(base::Rank rank) const { return rank / plan_.workers_per_host; }

    FakeJobPlan plan_;
    std::vector<Worker> workers_;
    std::vector<BrokerCore> hosts_;
    std::vector<bool> is_host_alive_;
    std::optional<BrokerCore> root_;
    std::vector<Channel> up_to_host_, down_to_worker_, up_to_root_, down_to_host_;
    std::vector<Choice> choices_;
    std::uint32_t tasks_started_ = 0;
    std::uint32_t messages_sent_ = 0;
};

}  // namespace scoop::broker::test
