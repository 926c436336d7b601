// Workload: what the tasks of a simulated job are: how many, how long, and which ones each of them submits.
//
// Everything follows from the seed and from which task it is, not from when or where it runs.
#pragma once

#include <cstdint>
#include <vector>

#include "event_queue.hpp"

namespace scoop::simulation {

enum class Shape {
    tree,  ///< a task runs, submits up to `branching` others, which are trees of very different size, and waits for
           ///< them
    map,   ///< one map over all elements
};

struct WorkloadPlan {
    Shape shape = Shape::tree;
    std::uint64_t tasks = 1000;  ///< of the whole job; elements of the map
    std::uint32_t branching = 4;
    Time task_time = std::chrono::milliseconds(1);  ///< the mean
    double task_time_sigma = 0;                     ///< 0: all the same; else log-normal, the logarithm's deviation
    std::uint64_t seed = 1;
};

/// A task with everything it will submit (tree), or some neighbouring elements (map).
struct Work {
    std::uint64_t size = 0;  ///< tasks or elements
    std::uint64_t key = 0;   ///< of a tree's task: which one; of elements: the first
};

class Workload {
public:
    explicit Workload(const WorkloadPlan& plan);
    [[nodiscard]] const WorkloadPlan& plan() const { return plan_; }
    [[nodiscard]] bool is_map() const { return plan_.shape == Shape::map; }

    [[nodiscard]] Work whole() const;
    /// What the task submits when it has run; their sizes add up to its own without itself. Valid until the next call.
    [[nodiscard]] const std::vector<Work>& children(const Work& work);
    /// A number that is the same only for the same task or element; the order of running does not change their sum.
    [[nodiscard]] std::uint64_t mark(std::uint64_t key) const;
    [[nodiscard]] Time duration(std::uint64_t key) const;
    /// The sum of the marks of all tasks, found by walking through them.
    [[nodiscard]] std::uint64_t sum_of_marks();

private:
    WorkloadPlan plan_;
    double log_mean_;
    std::vector<Work> children_;
};

}  // namespace scoop::simulation
