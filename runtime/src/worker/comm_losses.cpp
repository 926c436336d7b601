// What a Comm does when other workers die: their tasks are dropped, its own are tried again or fail.
#include <algorithm>
#include <utility>

#include "protocol/limits.hpp"
#include "scoop/detail/exception_codec.hpp"
#include "scoop/detail/runtime.hpp"
#include "scoop/error.hpp"
#include "worker/comm.hpp"

namespace scoop::worker {

namespace {

// A task that went down with this many workers is not tried again.
constexpr std::uint32_t attempts_max = 3;

}  // namespace

void Comm::receive(const protocol::Lost& lost) {
    for (const auto& id : lost.ids) {
        const detail::TaskRef task = exported_.remove(id);
        if (!task || !detail::try_take_back(task)) continue;
        detail::Block& block = *task.block;
        if (lost.loss.is_final) {
            fail(block, WorkerLost(lost.loss.reason, {}, 0, {}, block.attempt - 1));
            continue;
        }
        if (block.attempt >= attempts_max) {
            const auto& [reason, rank, ending, is_final] = lost.loss;
            fail(block, WorkerLost(detail::host_of(rank), rank, {ending.signal, ending.status}, block.attempt));
            continue;
        }
        ++block.attempt;
        const protocol::TagMask needed = detail::limits_of(block).needs;
        if (!detail::try_requeue(block)) {
            detail::complete(block);
        } else if (carries(needed)) {
            compute_->share(task, Compute::Where::front);
        } else if (detail::try_claim(task, detail::leaving_flag)) {
            send_away(block);
        }
    }
}

void Comm::fail(detail::Block& block, const WorkerLost& error) {
    block.type->accept(block,
                       {detail::RemoteOutcome::exception, config_.rank,
                        detail::encode_exception(std::make_exception_ptr(error), detail::this_host(), config_.rank)});
}

// A root that does not work has nobody left: what waits would wait for ever, and so would what is still to come.
void Comm::note_dead(const protocol::RanksDown& down) {
    if (down.returns_as != 0) return;  // a replacement comes
    dead_.insert(down.ranks.begin(), down.ranks.end());
    if (config_.root_works || config_.rank != 0 || last_loss_ || down.ranks.empty()) return;
    for (const auto& host : config_.hosts)
        for (const base::Rank rank : host.ranks)
            if (rank != 0 && !dead_.contains(rank)) return;
    last_loss_ = {"no worker is left that could run the task", down.ranks.back(), down.ending, true};
    fail_all();
}

void Comm::fail_all() {
    for (const detail::TaskRef task : exported_.remove_all())
        if (detail::try_take_back(task)) fail_hopeless(*task.block, task.block->attempt);
    fail_unstarted();
}

void Comm::fail_unstarted() {
    compute_->arm_demand();
    for (;;) {
        const auto blocks = compute_->claim_for_export(protocol::batch_items_max);
        if (blocks.empty()) return;
        for (detail::Block* block : blocks) fail_hopeless(*block, block->attempt - 1);
    }
}

void Comm::fail_hopeless(detail::Block& block, std::uint32_t attempts) {
    const auto& [reason, rank, ending, is_final] = *last_loss_;
    fail(block, WorkerLost(reason, detail::host_of(rank), rank, {ending.signal, ending.status}, attempts));
}

void Comm::receive(const protocol::RanksDown& down) {
    std::erase_if(remote_, [&](const auto& entry) {
        const bool is_orphan = std::find(down.ranks.begin(), down.ranks.end(), entry.first.owner) != down.ranks.end();
        return is_orphan && cancel_remote(entry.second.task) == detail::TaskState::pending;
    });
    note_dead(down);
    mail_reader_->on_ranks_down(down);
}

}  // namespace scoop::worker
