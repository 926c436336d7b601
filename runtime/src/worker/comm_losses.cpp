// What a Comm does when other workers die: their tasks are dropped, its own are tried again or fail.
#include <algorithm>
#include <csignal>
#include <utility>

#include "protocol/limits.hpp"
#include "scoop/detail/exception_codec.hpp"
#include "scoop/detail/runtime.hpp"
#include "scoop/error.hpp"
#include "worker/comm.hpp"

namespace scoop::worker {

namespace {

// A task is not tried again after three deaths of a process while its own code ran. While another task ran there, as a
// rule one that it had submitted itself, that counts as much if the process brought its end about. SIGKILL comes from
// outside, often enough, and says little about a task that waited: it counts for a tenth.
constexpr unsigned guilt_max = 30;
constexpr unsigned guilt_of_death = 10;
constexpr unsigned guilt_of_waiting = 1;

unsigned guilt_of(const protocol::Loss& loss) {
    if (loss.blame == protocol::Blame::none) return 0;
    return loss.blame == protocol::Blame::inside && loss.ending.signal == SIGKILL ? guilt_of_waiting : guilt_of_death;
}

WorkerLost::Ending ending_of(const protocol::Ending& ending) { return {ending.signal, ending.status, ending.peak_kib}; }

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
        const unsigned guilt = block.guilt + guilt_of(lost.loss);
        if (guilt >= guilt_max) {
            fail(block, WorkerLost(detail::host_of(lost.loss.rank), lost.loss.rank, ending_of(lost.loss.ending),
                                   block.attempt));
            continue;
        }
        block.guilt = static_cast<std::uint8_t>(guilt);
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
    last_loss_ = {"no worker is left that could run the task", down.ranks.back(), down.ending, protocol::Blame::none,
                  true};
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
    const protocol::Loss& loss = *last_loss_;
    fail(block, WorkerLost(loss.reason, detail::host_of(loss.rank), loss.rank, ending_of(loss.ending), attempts));
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
