// World: what all parts of a simulated job share: the clock, the post, the tasks under way, and what is measured.
#pragma once

#include <cstdint>
#include <vector>

#include "base/ids.hpp"
#include "post.hpp"
#include "workload.hpp"

namespace scoop::simulation {

struct JobPlan {
    std::uint32_t hosts = 2;
    std::uint32_t workers_per_host = 4;
    WorkloadPlan workload;
    Time host_latency = std::chrono::microseconds(30);      ///< worker to broker, wake-up included
    Time network_latency = std::chrono::microseconds(100);  ///< host's broker to root broker, likewise
    Time comm_latency = std::chrono::microseconds(5);       ///< compute thread to comm thread
    Time message_cost = std::chrono::microseconds(1);       ///< of a broker, for each message in or out
    double byte_cost = 1;                                   ///< the same for each byte, in nanoseconds
    std::uint32_t argument_bytes = 32;
    std::uint32_t result_bytes = 8;  ///< of a task, and of an element
};

using TaskIndex = std::uint32_t;
inline constexpr TaskIndex no_task = ~TaskIndex{0};

/// A task in the memory of the worker that submitted or received it.
struct Task {
    Work work = {};  ///< of a stretch that runs: what it has not started
    base::TaskId id = {};
    Time started{0};
    Time part_sent{0};
    std::uint64_t unreported = 0;  ///< elements whose results are here and go to whoever waits for this stretch
    TaskIndex parent = no_task;    ///< of an own task: who waits for it
    std::uint32_t pending = 0;     ///< tasks that this one waits for
    bool is_remote = false;        ///< it came in a message
    bool is_through = false;       ///< with everything but waiting
};

class TaskPool {
public:
    [[nodiscard]] Task& operator[](TaskIndex index) { return tasks_[index]; }
    [[nodiscard]] TaskIndex add(const Task& task) {
        if (free_.empty()) {
            free_.push_back(static_cast<TaskIndex>(tasks_.size()));
            tasks_.emplace_back();
        }
        const TaskIndex index = free_.back();
        free_.pop_back();
        tasks_[index] = task;
        return index;
    }
    void remove(TaskIndex index) { free_.push_back(index); }
    [[nodiscard]] std::size_t in_use() const { return tasks_.size() - free_.size(); }

private:
    std::vector<Task> tasks_;
    std::vector<TaskIndex> free_;
};

/// What is measured of the workers. Times count from the submit of the whole job.
class Meter {
public:
    explicit Meter(std::uint32_t workers) : enough_(static_cast<std::uint32_t>(0.95 * workers)) {}
    void on_busy(Time now) {
        if (++busy_ >= enough_ && !is_spread_) {
            is_spread_ = true;
            spread = now;
        }
    }
    void on_idle(Time now) {
        if (busy_-- == enough_) last_spread = now;
    }
    [[nodiscard]] bool is_spread() const { return is_spread_; }

    Time began{0};
    Time spread{0};       ///< when 95 % of the workers were busy for the first time
    Time last_spread{0};  ///< and for the last time
    Time ended{0};
    Time work{0};  ///< of all workers
    std::uint64_t tasks_run = 0;
    std::uint64_t sum_of_marks = 0;
    std::uint64_t results_delivered = 0;  ///< elements of the map whose results came to the root
    bool is_complete = false;

private:
    std::uint32_t enough_;
    std::uint32_t busy_ = 0;
    bool is_spread_ = false;
};

struct World {
    explicit World(const JobPlan& job_plan)
        : plan(job_plan),
          workload(job_plan.workload),
          post(events, job_plan.host_latency, job_plan.network_latency),
          meter(job_plan.hosts * job_plan.workers_per_host) {}

    const JobPlan plan;
    Workload workload;
    Events events;
    Post post;
    TaskPool tasks;
    Meter meter;
};

}  // namespace scoop::simulation
