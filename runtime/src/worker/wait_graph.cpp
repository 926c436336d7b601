// Finding circles: all are taken for stuck at first; then those that are not are let go, and whoever waits for them.
#include "worker/wait_graph.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <unordered_map>
#include <utility>

namespace scoop::worker {

namespace {

constexpr std::size_t part_strands_max = 4096;

class Search {
public:
    explicit Search(const WaitGraph& graph) : graph_(graph), is_stuck_(graph.strands.size(), true) {
        for (std::size_t i = 0; i < graph.strands.size(); ++i) add_wait(i);
        for (const GatedTask& gated : graph.gated) add_gated(gated);
        for (const AnsweredTask& answered : graph.answered)
            for (const NamedTask& task : answered.by) known(task).answers_for.push_back(answered.task.key);
        for (const CopiedTask& copied : graph.copied) add_copied(copied);
        for (std::size_t i = 0; i < graph.strands.size(); ++i) add_runs(i);
        for (auto& [key, task] : tasks_)
            if (!task.strand && task.gates.empty() && task.copies.empty()) let_go(key);
        for (std::size_t i = 0; i < graph.strands.size(); ++i)
            if (graph.strands[i].awaited.empty()) let_go_strand(i);
        while (!free_.empty()) {
            const TaskKey key = free_.back();
            free_.pop_back();
            let_go_behind(tasks_.at(key));
        }
    }

    [[nodiscard]] std::optional<Circle> circle() const {
        for (std::size_t i = 0; i < is_stuck_.size(); ++i)
            if (is_stuck_[i]) return circle_from(i);
        return std::nullopt;
    }

private:
    /// What is known of a task. Strands are numbered as in the graph.
    struct Task {
        std::optional<std::size_t> strand;  // that runs it
        std::vector<std::size_t> waiting;   // for it, or for others
        std::vector<TaskKey> gated;         // not queued before it is done
        std::vector<TaskKey> gates;         // the other way round
        std::vector<TaskKey> answers_for;
        std::vector<TaskKey> copies;
        std::optional<TaskKey> copy_of;
        std::size_t gates_stuck = 0;
        bool is_free = false;
        std::string name;
    };
    /// How the walk came to a strand: from the one before, by these tasks.
    struct Step {
        std::size_t strand = 0;
        std::vector<TaskKey> tasks;
    };

    // Who waits for a task has submitted it, and may have given it a name.
    Task& known(const NamedTask& named) {
        Task& task = tasks_[named.key];
        if (task.name.empty()) task.name = named.name;
        return task;
    }
    void add_wait(std::size_t i) {
        for (const NamedTask& awaited : graph_.strands[i].awaited) known(awaited).waiting.push_back(i);
    }
    void add_runs(std::size_t i) {
        for (const NamedTask& task : graph_.strands[i].runs) known(task).strand = i;
    }
    void add_gated(const GatedTask& gated) {
        Task& task = known(gated.task);
        for (const NamedTask& gate : gated.gates) {
            task.gates.push_back(gate.key);
            ++task.gates_stuck;
        }
        for (const NamedTask& gate : gated.gates) known(gate).gated.push_back(gated.task.key);
    }

    void add_copied(const CopiedTask& copied) {
        Task& task = known(copied.task);
        task.copies = copied.copies;
        for (const TaskKey& copy : copied.copies) known({copy, task.name}).copy_of = copied.task.key;
    }

    void let_go(const TaskKey& key) {
        if (!std::exchange(tasks_[key].is_free, true)) free_.push_back(key);
    }
    void let_go_strand(std::size_t strand) {
        is_stuck_[strand] = false;
        for (const NamedTask& run : graph_.strands[strand].runs) let_go(run.key);
    }
    void let_go_behind(const Task& task) {
        for (const std::size_t strand : task.waiting)
            if (is_stuck_[strand]) let_go_strand(strand);
        for (const TaskKey& key : task.gated)
            if (--tasks_.at(key).gates_stuck == 0) let_go(key);
        for (const TaskKey& key : task.answers_for) let_go(key);
        if (task.copy_of) let_go(*task.copy_of);
    }

    // From one stuck strand to the next until one comes again.
    [[nodiscard]] std::optional<Circle> circle_from(std::size_t start) const {
        std::vector<Step> steps{{start, {}}};
        for (;;) {
            auto next = step_from(steps.back().strand);
            if (!next) return std::nullopt;
            const auto known = std::ranges::find(steps, next->strand, &Step::strand) - steps.begin();
            const bool is_circle = known < std::ssize(steps);
            steps.push_back(std::move(*next));
            if (is_circle) return told({steps.begin() + known + 1, steps.end()});
        }
    }

    // Nothing if it leads to gates or copies that are each other's: no process of ours has such tasks.
    [[nodiscard]] std::optional<Step> step_from(std::size_t strand) const {
        const auto is_stuck = [&](const TaskKey& key) { return !tasks_.at(key).is_free; };
        Step step;
        TaskKey key = graph_.strands[strand].awaited.front().key;
        for (std::size_t looked_at = 0;; ++looked_at) {
            if (looked_at == tasks_.size()) return std::nullopt;
            const Task& task = tasks_.at(key);
            if (!task.copies.empty()) {  // its name is theirs
                key = task.copies.front();
                continue;
            }
            step.tasks.push_back(key);
            if (task.strand) break;
            key = *std::ranges::find_if(task.gates, is_stuck);
        }
        step.strand = *tasks_.at(key).strand;
        // The tasks that it runs in its own place, down to the one that waits.
        const auto& runs = graph_.strands[step.strand].runs;
        const auto reached = std::ranges::find(runs, key, &NamedTask::key);
        for (auto inner = std::make_reverse_iterator(reached); inner != runs.rend(); ++inner)
            step.tasks.push_back(inner->key);
        return step;
    }

    // Each step leads from the strand of the one before, the first from that of the last.
    [[nodiscard]] Circle told(std::vector<Step> steps) const {
        const auto id = [&](const Step& step) { return graph_.strands[step.strand].id; };
        const auto order = [&](const Step& step) {
            return std::pair(!graph_.strands[step.strand].can_give_up, id(step));
        };
        std::ranges::rotate(steps, std::next(std::ranges::min_element(steps, {}, order)));
        Circle circle{{id(steps.back())}, name_of(graph_.strands[steps.back().strand].runs.front().key)};
        for (const Step& step : steps) {
            for (const TaskKey& key : step.tasks) circle.chain += " waits for " + name_of(key);
            circle.strands.push_back(id(step));
        }
        circle.strands.pop_back();
        return circle;
    }
    [[nodiscard]] const std::string& name_of(const TaskKey& key) const { return tasks_.at(key).name; }

    const WaitGraph& graph_;
    std::unordered_map<TaskKey, Task, base::TaskIdHash> tasks_;
    std::vector<bool> is_stuck_;
    std::vector<TaskKey> free_;
};

}  // namespace

std::optional<Circle> find_circle(const WaitGraph& graph) { return Search(graph).circle(); }

void merge(WaitGraph& graph, WaitGraph&& other) {
    std::ranges::move(other.strands, std::back_inserter(graph.strands));
    std::ranges::move(other.gated, std::back_inserter(graph.gated));
    std::ranges::move(other.answered, std::back_inserter(graph.answered));
    std::ranges::move(other.copied, std::back_inserter(graph.copied));
    std::ranges::move(other.sent, std::back_inserter(graph.sent));
}

WaitGraph part_behind(const WaitGraph& graph, const std::vector<TaskKey>& tasks) {
    std::unordered_map<TaskKey, const WaitingStrand*, base::TaskIdHash> runner;
    for (const WaitingStrand& strand : graph.strands)
        for (const NamedTask& task : strand.runs) runner.emplace(task.key, &strand);
    std::unordered_map<TaskKey, const GatedTask*, base::TaskIdHash> gated;
    for (const GatedTask& task : graph.gated) gated.emplace(task.task.key, &task);
    std::unordered_map<TaskKey, const AnsweredTask*, base::TaskIdHash> answered;
    for (const AnsweredTask& task : graph.answered) answered.emplace(task.task.key, &task);
    std::unordered_map<TaskKey, const CopiedTask*, base::TaskIdHash> copied;
    for (const CopiedTask& task : graph.copied) copied.emplace(task.task.key, &task);
    std::unordered_map<TaskKey, const SentTask*, base::TaskIdHash> sent;
    for (const SentTask& task : graph.sent) sent.emplace(task.key, &task);

    WaitGraph part;
    std::set<const WaitingStrand*> strands;
    std::set<TaskKey> seen(tasks.begin(), tasks.end());
    std::vector<TaskKey> open(seen.begin(), seen.end());
    const auto go_to = [&](const std::vector<NamedTask>& next) {
        for (const NamedTask& task : next)
            if (seen.insert(task.key).second) open.push_back(task.key);
    };
    while (!open.empty()) {
        const TaskKey key = open.back();
        open.pop_back();
        if (const auto found = sent.find(key); found != sent.end()) part.sent.push_back(*found->second);
        if (const auto found = gated.find(key); found != gated.end()) {
            part.gated.push_back(*found->second);
            go_to(found->second->gates);
        }
        if (const auto found = answered.find(key); found != answered.end()) {
            part.answered.push_back(*found->second);
            go_to(found->second->by);
        }
        if (const auto found = copied.find(key); found != copied.end()) {
            part.copied.push_back(*found->second);
            for (const TaskKey& copy : found->second->copies)
                if (seen.insert(copy).second) open.push_back(copy);
        }
        const auto found = runner.find(key);
        if (found == runner.end() || !strands.insert(found->second).second) continue;
        if (strands.size() > part_strands_max) break;
        part.strands.push_back(*found->second);
        go_to(found->second->awaited);
    }
    return part;
}

}  // namespace scoop::worker
