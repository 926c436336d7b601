#include "worker/circle.hpp"

#include <unordered_map>
#include <utility>

#include "scoop/detail/loop_progress.hpp"
#include "worker/remote_task.hpp"

namespace scoop::worker {

using detail::Block;

namespace {

class View {
public:
    View(base::Rank rank, std::uint64_t idle_period, const std::vector<SentBlock>& sent)
        : rank_(rank), idle_period_(idle_period) {
        for (const SentBlock& one : sent) {
            if (!is_still_sent(one)) continue;
            const bool is_first = sent_.emplace(one.task.block, &one).second;
            graph_.sent.push_back({one.id, one.executor});
            if (one.twin && is_first) graph_.copied.push_back({named(AwaitedTask{one.task, {}}), {one.id, *one.twin}});
        }
    }

    void add(Strand& strand, std::uint64_t number) {
        if (strand.wait == nullptr) return;
        const auto awaited = strand.wait->awaited();
        if (awaited.empty()) return;
        WaitingStrand waiting{{rank_, idle_period_, number}, {}, {}, strand.wait->can_give_up()};
        for (const AwaitedTask& task : awaited) waiting.awaited.push_back(named(task));
        for (const Execution* one = strand.execution; one != nullptr; one = one->outer) {
            if (detail::limits_of(*one->task.block).timeout_ms == 0) waiting.runs.push_back(named(strand, *one));
            may_gate_.push_back(one->task);
        }
        graph_.strands.push_back(std::move(waiting));
        add_answered(strand);
    }

    WaitGraph graph() && {
        for (const auto& [block, one] : sent_) may_gate_.push_back(one->task);
        while (!may_gate_.empty()) {
            const detail::TaskRef gate = may_gate_.back();
            may_gate_.pop_back();
            const auto gated = detail::gated_by(*gate.block);
            // Of this very task: a block does not come back to an earlier one.
            if (detail::reference(*gate.block).generation != gate.generation) continue;
            for (Block* block : gated) add_gated(*block, *gate.block);
        }
        for (auto& [block, gated] : gated_) graph_.gated.push_back(std::move(gated));
        return std::move(graph_);
    }

private:
    static bool is_still_sent(const SentBlock& sent) {
        const std::uint64_t word = sent.task.block->word.load(std::memory_order_acquire);
        return detail::generation_of(word) == sent.task.generation && detail::state_of(word) == sent.state;
    }

    // Others may go on with what a stretch answers whose own strand waits.
    void add_answered(const Strand& strand) {
        for (const AnsweringLoop* one = strand.answers; one != nullptr; one = one->outer) {
            std::vector<AwaitedTask> stretches;
            one->loop->list_open(stretches);
            if (stretches.empty()) continue;
            AnsweredTask answered{named(strand, *one->execution), {}};
            for (const AwaitedTask& stretch : stretches) answered.by.push_back(named(stretch));
            graph_.answered.push_back(std::move(answered));
        }
    }

    void add_gated(Block& block, const Block& gate) {
        const auto [gated, is_new] = gated_.try_emplace(&block);
        if (is_new) {
            gated->second.task = named(block);
            may_gate_.push_back(detail::reference(block));
        }
        gated->second.gates.push_back(named(gate));
    }

    // One that a strand of this process runs.
    [[nodiscard]] NamedTask named(const Strand& strand, const Execution& execution) const {
        for (const CalledExecution* one = strand.called; one != nullptr; one = one->outer)
            if (one->execution == &execution) return {one->key, std::string(one->name)};
        Block& block = *execution.task.block;
        if (const auto* item = remote_item(block)) return {item->id, std::string(block.type->name(block))};
        return named(block);
    }
    // One of this process, which others may have been sent.
    [[nodiscard]] NamedTask named(const Block& block) const {
        return named(AwaitedTask{detail::reference(const_cast<Block&>(block)), std::string(block.type->name(block))});
    }
    [[nodiscard]] NamedTask named(const AwaitedTask& awaited) const {
        const auto found = sent_.find(awaited.task.block);
        // One that was sent twice is neither copy.
        if (found != sent_.end() && found->second->task.generation == awaited.task.generation && !found->second->twin)
            return {found->second->id, awaited.name};
        return {{rank_, never_sent, reinterpret_cast<std::uintptr_t>(awaited.task.block)}, awaited.name};
    }

    const base::Rank rank_;
    const std::uint64_t idle_period_;
    std::unordered_map<const Block*, const SentBlock*> sent_;
    std::vector<detail::TaskRef> may_gate_;
    std::unordered_map<Block*, GatedTask> gated_;
    WaitGraph graph_;
};

}  // namespace

WaitGraph seen_waits(const std::vector<std::unique_ptr<Strand>>& strands, base::Rank rank, std::uint64_t idle_period,
                     const std::vector<SentBlock>& sent) {
    View view(rank, idle_period, sent);
    for (std::size_t i = 0; i < strands.size(); ++i) view.add(*strands[i], i);
    return std::move(view).graph();
}

}  // namespace scoop::worker
