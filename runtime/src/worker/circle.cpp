// Finding circles: all are taken for stuck at first; then those that are not are let go, and whoever waits for them.
#include "worker/circle.hpp"

#include <algorithm>
#include <iterator>
#include <unordered_map>
#include <utility>

namespace scoop::worker {

using detail::Block;

namespace {

class Search {
public:
    explicit Search(const std::vector<Strand*>& strands) : strands_(strands) {
        for (Strand* strand : strands) add(*strand);
        std::vector<Block*> running;
        for (const auto& [block, task] : tasks_)
            if (task.strand != nullptr) running.push_back(block);
        for (Block* block : running) add_gated(*block);
        for (Strand* strand : strands) let_go_unless_stuck(*strand);
        while (!free_.empty()) {
            Block* const block = free_.back();
            free_.pop_back();
            let_go_behind(tasks_[block]);
        }
    }

    [[nodiscard]] std::optional<Circle> circle() const {
        for (Strand* strand : strands_)
            if (const auto found = is_stuck_.find(strand); found != is_stuck_.end() && found->second)
                return circle_from(strand);
        return std::nullopt;
    }

private:
    /// What is known of a task, by its block.
    struct Task {
        Strand* strand = nullptr;      // that runs it
        std::vector<Strand*> waiting;  // for it, or for others
        std::vector<Block*> gated;     // not queued before it is done
        std::vector<Block*> gates;     // the other way round
        std::size_t gates_stuck = 0;
        bool is_free = false;
    };
    /// How the walk came to a strand: from the one before, by these tasks.
    struct Step {
        Strand* strand = nullptr;
        std::vector<Block*> tasks;
    };

    void add(Strand& strand) {
        for (const Execution* one = strand.execution; one != nullptr; one = one->outer)
            tasks_[one->task.block].strand = &strand;
        if (strand.wait == nullptr) return;
        auto awaited = strand.wait->awaited();
        if (awaited.empty()) return;
        for (Block* block : awaited) tasks_[block].waiting.push_back(&strand);
        is_stuck_[&strand] = true;
        awaited_.emplace(&strand, std::move(awaited));
    }

    void add_gated(Block& first) {
        std::vector<Block*> open{&first};
        while (!open.empty()) {
            Block* const gate = open.back();
            open.pop_back();
            for (Block* block : detail::gated_by(*gate)) {
                Task& gated = tasks_[block];
                if (gated.gates.empty()) open.push_back(block);
                gated.gates.push_back(gate);
                ++gated.gates_stuck;
                tasks_[gate].gated.push_back(block);
            }
        }
    }

    void let_go_unless_stuck(Strand& strand) {
        if (is_stuck_.contains(&strand)) {
            for (Block* block : awaited_.at(&strand))
                if (const Task& task = tasks_[block]; task.strand == nullptr && task.gates.empty()) let_go(block);
        } else {
            let_go_tasks_of(strand);
        }
    }
    void let_go_tasks_of(const Strand& strand) {
        for (const Execution* one = strand.execution; one != nullptr; one = one->outer) let_go(one->task.block);
    }
    void let_go(Block* block) {
        if (!std::exchange(tasks_[block].is_free, true)) free_.push_back(block);
    }
    void let_go_behind(const Task& task) {
        for (Strand* strand : task.waiting)
            if (std::exchange(is_stuck_[strand], false)) let_go_tasks_of(*strand);
        for (Block* block : task.gated)
            if (--tasks_[block].gates_stuck == 0) let_go(block);
    }

    // From one stuck strand to the next until one comes again.
    [[nodiscard]] Circle circle_from(Strand* start) const {
        std::vector<Step> steps{{start, {}}};
        for (;;) {
            Step next = step_from(*steps.back().strand);
            const auto known = std::ranges::find(steps, next.strand, &Step::strand) - steps.begin();
            const bool is_circle = known < std::ssize(steps);
            steps.push_back(std::move(next));
            if (is_circle) return told({steps.begin() + known, steps.end()});
        }
    }

    [[nodiscard]] Step step_from(Strand& strand) const {
        const auto is_stuck = [&](Block* block) { return !tasks_.at(block).is_free; };
        Step step;
        Block* block = awaited_.at(&strand).front();
        for (;;) {
            step.tasks.push_back(block);
            const Task& task = tasks_.at(block);
            step.strand = task.strand;
            if (step.strand != nullptr) break;
            block = *std::ranges::find_if(task.gates, is_stuck);
        }
        // The tasks that it runs in its own place, down to the one that waits.
        std::vector<Block*> inner;
        for (const Execution* one = step.strand->execution; one->task.block != block; one = one->outer)
            inner.push_back(one->task.block);
        step.tasks.insert(step.tasks.end(), inner.rbegin(), inner.rend());
        return step;
    }

    [[nodiscard]] static Circle told(const std::vector<Step>& steps) {
        const auto name = [](const Block& block) { return std::string(block.type->name(block)); };
        Strand* const strand = steps.front().strand;
        std::string chain = name(*strand->running());
        for (auto step = steps.begin() + 1; step != steps.end(); ++step)
            for (const Block* block : step->tasks) chain += " waits for " + name(*block);
        return {strand, std::move(chain)};
    }

    const std::vector<Strand*>& strands_;
    std::unordered_map<Block*, Task> tasks_;
    std::unordered_map<Strand*, bool> is_stuck_;  // of those with a wait
    std::unordered_map<const Strand*, std::vector<Block*>> awaited_;
    std::vector<Block*> free_;
};

}  // namespace

std::optional<Circle> find_circle(const std::vector<Strand*>& strands) { return Search(strands).circle(); }

}  // namespace scoop::worker
