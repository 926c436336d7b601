// What a Comm does when other workers die: their tasks are dropped, its own are tried again or fail.
#include <algorithm>
#include <csignal>
#include <string>
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
// What a lost host was doing nobody knows, and many tasks run there at a time: that is no guilt. But where the same
// task has run on host after host that was lost it is given up before it has taken along the whole job.
constexpr unsigned hosts_lost_max = 8;

unsigned guilt_of(const protocol::Loss& loss) {
    if (loss.blame == protocol::Blame::none || loss.blame == protocol::Blame::host) return 0;
    return loss.blame == protocol::Blame::inside && loss.ending.signal == SIGKILL ? guilt_of_waiting : guilt_of_death;
}

WorkerLost::Ending ending_of(const protocol::Ending& ending) { return {ending.signal, ending.status, ending.peak_kib}; }

}  // namespace

void Comm::receive(const protocol::Lost& lost) {
    for (const auto& id : lost.ids) {
        if (const auto twin = exported_.twin_of(id)) {
            lose_copy(id, *twin, &lost.loss);
            continue;
        }
        stragglers_.on_gone(id);
        const bool was_running = exported_.is_started(id);
        const detail::TaskRef task = exported_.remove(id);
        if (task && detail::try_take_back(task)) run_again(task, lost.loss, was_running);
    }
}

// Unless it was lost too often, or for good.
void Comm::run_again(detail::TaskRef task, const protocol::Loss& loss, bool was_running) {
    detail::Block& block = *task.block;
    if (loss.is_final) return fail(block, WorkerLost(loss.reason, {}, 0, {}, block.attempt - 1));
    if (fail_if_guilty(block, loss, was_running)) return;
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

// A claimed task is to blame for this too; whether that was once too often, and has ended it.
bool Comm::fail_if_guilty(detail::Block& block, const protocol::Loss& loss, bool was_running) {
    if (loss.blame == protocol::Blame::host && was_running && ++block.hosts_lost == hosts_lost_max) {
        fail(block, WorkerLost("the task ran on " + std::to_string(hosts_lost_max) + " hosts that were lost",
                               detail::host_of(loss.rank), loss.rank, ending_of(loss.ending), block.attempt));
        return true;
    }
    const unsigned guilt = block.guilt + guilt_of(loss);
    if (guilt < guilt_max) {
        block.guilt = static_cast<std::uint8_t>(guilt);
        return false;
    }
    fail(block, WorkerLost(detail::host_of(loss.rank), loss.rank, ending_of(loss.ending), block.attempt));
    return true;
}

void Comm::fail(detail::Block& block, const WorkerLost& error) {
    block.type->accept(block,
                       {detail::RemoteOutcome::exception, config_.rank,
                        detail::encode_exception(std::make_exception_ptr(error), detail::this_host(), config_.rank)});
}

// A root that does not work has nobody left: what waits would wait for ever, and so would what is still to come.
void Comm::note_dead(const protocol::RanksDown& down) {
    if (down.returns_as != 0) return;  // a replacement comes
    for (const base::Rank rank : down.ranks) working_.erase(rank);
    if (config_.root_works || config_.rank != 0 || last_loss_ || down.ranks.empty() || !working_.empty()) return;
    last_loss_ = {"no worker is left that could run the task", down.ranks.back(), down.ending, protocol::Blame::none,
                  true};
    fail_all();
}

void Comm::fail_all() {
    stragglers_.clear();
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

void Comm::receive(const protocol::HostJoined& joined) {
    working_.insert(joined.ranks.begin(), joined.ranks.end());
    last_loss_.reset();
    mail_reader_->on_host_joined(joined);
}

}  // namespace scoop::worker
