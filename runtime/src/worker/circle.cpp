#include "worker/circle.hpp"

#include <unordered_map>
#include <utility>

#include "worker/remote_task.hpp"

namespace scoop::worker {

using detail::Block;

namespace {

class View {
public:
    View(base::Rank rank, std::uint64_t idle_period, const std::vector<SentBlock>& sent)
        : rank_(rank), idle_period_(idle_period) {
        for (const SentBlock& one : sent) {
            if (!is_still_sent(one.task)) continue;
            sent_.emplace(one.task.block, &one);
            graph_.sent.push_back({one.id, one.executor});
        }
    }

    void add(Strand& strand, std::uint64_t number) {
        if (strand.wait == nullptr) return;
        const auto awaited = strand.wait->awaited();
        if (awaited.empty()) return;
        WaitingStrand waiting{{rank_, idle_period_, number}, {}, {}};
        for (Block* block : awaited) waiting.awaited.push_back(named(*block));
        for (const Execution* one = strand.execution; one != nullptr; one = one->outer) {
            Block& block = *one->task.block;
            if (detail::limits_of(block).timeout_ms == 0) waiting.runs.push_back(named(block));
            may_gate_.push_back(one->task);
        }
        graph_.strands.push_back(std::move(waiting));
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
    static bool is_still_sent(detail::TaskRef task) {
        const std::uint64_t word = task.block->word.load(std::memory_order_acquire);
        return detail::generation_of(word) == task.generation && detail::state_of(word) == detail::TaskState::exported;
    }

    void add_gated(Block& block, const Block& gate) {
        const auto [gated, is_new] = gated_.try_emplace(&block);
        if (is_new) {
            gated->second.task = named(block);
            may_gate_.push_back(detail::reference(block));
        }
        gated->second.gates.push_back(named(gate));
    }

    [[nodiscard]] NamedTask named(const Block& block) const {
        std::string name(block.type->name(block));
        if (const auto* item = remote_item(const_cast<Block&>(block))) return {item->id, std::move(name)};
        if (const auto found = sent_.find(&block); found != sent_.end()) return {found->second->id, std::move(name)};
        return {{rank_, never_sent, reinterpret_cast<std::uintptr_t>(&block)}, std::move(name)};
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
