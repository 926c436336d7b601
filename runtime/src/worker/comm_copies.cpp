// The part of Comm that has speculative tasks run twice: when somebody has nothing to do, and nothing else is there to
// give, the owner of tasks that take long elsewhere (worker/stragglers) sends a second copy of them. To the brokers it
// is a task of its own, with an id of its own. The first answer counts; the other copy is cancelled, and what it says
// is not known any more. A copy that is lost is no loss while the other one is under way.
#include <algorithm>
#include <utility>

#include "worker/comm.hpp"

namespace scoop::worker {

namespace {

// Looking at all that is away shall not cost more than the answers that come meanwhile.
constexpr std::chrono::milliseconds copies_interval{10};

}  // namespace

// Once per turn.
void Comm::mind_stragglers() {
    if (core_.wanted() == 0 || stragglers_.empty()) {
        wanted_since_.reset();
        next_copies_.reset();
        return;
    }
    const bool is_new = !wanted_since_;
    if (!is_new && !stragglers_.has_changed()) return;
    const auto now = base::Clock::now();
    if (is_new) wanted_since_ = now;
    const auto soon = std::max(now, last_copies_ + copies_interval);
    next_copies_ = std::min(next_copies_.value_or(soon), soon);
}

void Comm::send_copies() {
    next_copies_.reset();
    if (!wanted_since_) return;
    last_copies_ = base::Clock::now();
    auto look = stragglers_.look(*wanted_since_);
    std::size_t sent = 0;
    for (const auto& id : look.late) {
        if (sent == core_.wanted()) break;
        if (remote_.contains(id)) continue;  // it came back, and is run here
        auto copy = make_copy(id);
        if (!copy) continue;
        protocol::Tasks message;
        message.items.push_back(std::move(*copy));
        send(message);
        ++sent;
    }
    if (sent > 0) {
        on_given_away();
    } else {
        next_copies_ = look.next;
    }
}

// Nothing if the task has ended meanwhile, or cannot be written any more.
std::optional<protocol::TaskItem> Comm::make_copy(const base::TaskId& first) {
    const detail::TaskRef task = exported_.find(first);
    if (!task || !detail::try_take_back(task)) return std::nullopt;
    detail::Block& block = *task.block;
    const auto limits = detail::limits_of(block);
    std::optional<protocol::TaskItem> copy(std::in_place);
    try {
        describe(block, limits, *copy);
        copy->attempt = ++block.attempt;
        copy->id = exported_.add_copy(first);
        copy->copy_of = first.counter;
        stragglers_.on_sent(copy->id, limits.times);
        stragglers_.set_twin(copy->id, true);
        stragglers_.set_twin(first, true);
    } catch (...) {
        stragglers_.on_gone(first);  // it is left alone
        copy.reset();
    }
    if (detail::try_hand_over(block)) return copy;
    std::vector<base::TaskId> dropped;
    drop(first, dropped);
    if (copy) std::erase(dropped, copy->id);  // that nobody has
    cancel_away(std::move(dropped));
    detail::complete(block);
    return std::nullopt;
}

// The other one goes on alone, and a third may be sent. A death counts against the task all the same.
void Comm::lose_copy(const base::TaskId& id, const base::TaskId& twin, const protocol::Loss* loss) {
    stragglers_.on_gone(id);
    stragglers_.set_twin(twin, false);
    const bool was_running = exported_.is_started(id);
    const detail::TaskRef task = exported_.remove(id);
    std::vector<base::TaskId> dropped;
    if (!detail::try_take_back(task)) {
        drop(twin, dropped);  // it was cancelled, perhaps under the number that is gone
    } else if (loss != nullptr && fail_if_guilty(*task.block, *loss, was_running)) {
        drop(twin, dropped);
    } else {
        task.block->export_number.store(twin.counter, std::memory_order_relaxed);
        if (!detail::try_hand_over(*task.block)) {
            drop(twin, dropped);
            detail::complete(*task.block);
        }
    }
    cancel_away(std::move(dropped));
}

// Nobody waits for it any more, nor for a copy of it.
void Comm::drop(const base::TaskId& id, std::vector<base::TaskId>& dropped) {
    const auto twin = exported_.twin_of(id);
    stragglers_.on_gone(id);
    if (exported_.remove(id)) dropped.push_back(id);
    if (twin) drop(*twin, dropped);
}

void Comm::cancel_away(std::vector<base::TaskId> ids) {
    if (ids.empty()) return;
    protocol::Cancel cancel{std::move(ids)};
    receive(cancel);  // some may have come back
    send(cancel);
}

}  // namespace scoop::worker
