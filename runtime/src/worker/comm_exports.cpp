// The part of Comm that asks for work and gives own tasks away: which are claimed, how they become a message, and what
// is said to the broker when there are none.
#include <utility>

#include "protocol/limits.hpp"
#include "worker/bytes_sink.hpp"
#include "worker/comm.hpp"

namespace scoop::worker {

void Comm::ask_for_work() {
    const auto decision = core_.on_hungry();
    if (decision.say == WorkerCore::Say::nothing) return;
    send(protocol::Request{WorkerCore::request_count(task_nanoseconds_.load(std::memory_order_relaxed))});
    act({WorkerCore::Say::nothing, decision.arm});
}

std::size_t Comm::export_tasks(std::size_t count) {
    return send_tasks(compute_->claim_for_export(WorkerCore::export_count(compute_->unstarted(), count)));
}

// Claimed blocks, as few messages; those that cannot be sent end. How many were sent.
std::size_t Comm::send_tasks(const std::vector<detail::Block*>& blocks) {
    protocol::Tasks batch;
    std::size_t bytes = 0;
    std::size_t exported = 0;
    for (detail::Block* block : blocks) {
        protocol::TaskItem item;
        if (protocol::TaskItem* remote = remote_item(*block)) {
            remote_waiting_.fetch_sub(1, std::memory_order_relaxed);
            remote_.erase(remote->id);
            item = std::move(*remote);
            detail::complete(*block);
        } else if (!export_own(*block, item)) {
            continue;
        }
        batch.items.push_back(std::move(item));
        ++exported;
        bytes += batch.items.back().arguments.size();
        if (bytes >= protocol::batch_bytes_max || batch.items.size() >= protocol::batch_items_max) {
            send(std::exchange(batch, {}));
            bytes = 0;
        }
    }
    if (!batch.items.empty()) send(std::move(batch));
    return exported;
}

// What is to be said of a claimed task, but for its id. Throws what serialization throws.
void Comm::describe(detail::Block& block, const detail::TaskLimits& limits, protocol::TaskItem& item) {
    BytesSink arguments;
    block.type->write_arguments(block, arguments);
    item.arguments = arguments.take();
    item.attempt = block.attempt;
    item.function = block.type->function(block);
    item.priority = limits.priority;
    item.retries = limits.retries;
    item.timeout_ms = limits.timeout_ms;
    item.kill_after_ms = limits.kill_after_ms;
    item.needs = limits.needs;
}

// Running → exported. False if the task ended instead: its arguments cannot be serialized, or it was cancelled.
bool Comm::export_own(detail::Block& block, protocol::TaskItem& item) {
    const auto limits = detail::limits_of(block);
    try {
        describe(block, limits, item);
    } catch (...) {
        block.type->fail(block);
        return false;
    }
    item.id = exported_.add(block);
    if (limits.times != nullptr) stragglers_.on_sent(item.id, limits.times);
    if (detail::try_hand_over(block)) return true;
    (void)exported_.remove(item.id);
    stragglers_.on_gone(item.id);
    detail::complete(block);
    return false;
}

void Comm::try_export(bool asked) {
    if (last_loss_) return fail_unstarted();
    if (core_.wanted() == 0) return;
    asked_ahead_.store(false, std::memory_order_relaxed);
    act(core_.on_export_tried(export_tasks(core_.wanted()), asked, compute_->is_idle()));
}

void Comm::act(WorkerCore::Decision decision) {
    switch (decision.say) {
        case WorkerCore::Say::dry: send(protocol::Dry{}); break;
        case WorkerCore::Say::withdraw: send(protocol::Request{0}); break;
        case WorkerCore::Say::nothing:
        case WorkerCore::Say::request: break;
    }
    if (!decision.arm) return;
    compute_->arm_demand();
    // A task that came before the arming told nobody.
    if (compute_->unstarted() > (compute_->is_idle() ? 1U : 0U)) news_.fetch_or(demand, std::memory_order_relaxed);
}

// To the broker a worker that gives tasks away has work; if it has none it must ask once more.
void Comm::send_tasks_away(const std::vector<detail::Block*>& blocks) {
    if (last_loss_) {
        for (detail::Block* block : blocks) fail_hopeless(*block, block->attempt - 1);
        return;
    }
    if (send_tasks(blocks) > 0) on_given_away();
}

void Comm::on_given_away() {
    core_.on_tasks();
    compute_->disarm_demand();
    if (compute_->is_idle()) poke(hungry);
}

}  // namespace scoop::worker
