// How a BrokerCore hands out work: who gets what is in the queue, who is asked when it is empty, and what is kept of
// each peer for that.
#include "broker/broker_core.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace scoop::broker {

using namespace protocol;

namespace {

std::uint64_t divide_up(std::uint64_t dividend, std::uint64_t divisor) { return (dividend + divisor - 1) / divisor; }

std::uint32_t as_count(std::uint64_t value) {
    return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(value, 1, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace

std::vector<Action> BrokerCore::take_actions() {
    serve_copies();
    serve_needs();
    serve_hungry();
    serve_upstream();
    ask_victims();
    ask_upstream();

    std::vector<Action> actions = std::exchange(drops_, {});
    for (const PeerIndex peer : std::exchange(dirty_, {}))
        for (auto& message : peers_[peer].outbox.take())
            actions.emplace_back(SendToPeer{peers_[peer].number, std::move(message)});
    for (auto& message : upstream_.outbox.take()) actions.emplace_back(SendUpstream{std::move(message)});
    return actions;
}

// The oldest request first, and no more than an even share: the last of many hungry peers shall not go away empty.
void BrokerCore::serve_hungry() {
    while (!queue_.empty() && !hungry_.empty()) {
        const PeerIndex peer = hungry_.front();
        const auto share = divide_up(queue_.size(), hungry_.size());
        give(peer, queue_, std::min<std::uint64_t>(share, peers_[peer].request));
    }
}

void BrokerCore::enqueue(TaskItem item) {
    if (item.is_copy() && given_.contains(item.first())) {
        copies_.push_back(std::move(item));
    } else {
        enqueue_apart_from_copies(std::move(item));
    }
}

void BrokerCore::enqueue_apart_from_copies(TaskItem item) {
    (item.needs == 0 ? queue_ : needs_[item.needs]).push_back(std::move(item));
}

bool BrokerCore::may_have_copy(const Peer& peer, const TaskItem& item) const {
    if ((peer.tags & item.needs) != item.needs || !can_run(peer)) return false;
    const auto first = given_.find(item.first());
    return first == given_.end() || &peers_[first->second.holder] != &peer || peer.workers.size() > 1;
}

// There are few of them, and somebody has nothing to do. When the first one is not here any more its copy is a task
// like others; so it is for a broker above that has another peer for it.
void BrokerCore::serve_copies() {
    for (auto copies = std::exchange(copies_, {}); !copies.empty(); copies.pop_front()) {
        TaskItem& item = copies.front();
        const auto may_have = [&](const Peer& peer) { return may_have_copy(peer, item); };
        const auto members = hungry_.members();
        const auto taker = std::ranges::find_if(members, [&](PeerIndex peer) { return may_have(peers_[peer]); });
        if (!given_.contains(item.first())) {
            enqueue_apart_from_copies(std::move(item));
        } else if (taker != members.end()) {
            std::deque<TaskItem> one;
            one.push_back(std::move(item));
            give(*taker, one, 1);
        } else if (has_upstream_ && std::ranges::none_of(peers_, may_have)) {
            upstream_.outbox.add_task(std::move(item));
            upstream_.request = upstream_.steal = 0;
        } else {
            copies_.push_back(std::move(item));
        }
    }
}

// One task at a time, since there are few of them: each to the hungry peer that has waited longest among those that
// carry what it needs.
void BrokerCore::serve_needs() {
    for (auto entry = needs_.begin(); entry != needs_.end();) {
        auto& [needed, queue] = *entry;
        const auto carries = [this, needed = needed](const Peer& peer) {
            return (peer.tags & needed) == needed && can_run(peer);
        };
        if (std::none_of(peers_.begin(), peers_.end(), carries)) {
            send_away(queue);
        } else {
            for (const PeerIndex peer : hungry_.members()) {  // some leave the list meanwhile
                if (queue.empty()) break;
                if (carries(peers_[peer])) give(peer, queue, 1);
            }
        }
        entry = queue.empty() ? needs_.erase(entry) : std::next(entry);
    }
}

bool BrokerCore::can_run(const Peer& peer) const {
    if (peer.is_leaving) return false;
    return std::ranges::any_of(peer.workers, [this](base::Rank rank) { return !is_gone(rank); });
}

void BrokerCore::send_away(std::deque<TaskItem>& queue) {
    for (TaskItem& item : queue) {
        if (has_upstream_) {
            upstream_.outbox.add_task(std::move(item));
        } else if (Outbox* owner = route_to(item.id.owner)) {
            owner->add_lost(
                item.id, {"no worker is left on a host with the tags that the task needs", 0, {}, Blame::none, true});
        }
    }
    queue.clear();
    upstream_.request = upstream_.steal = 0;
}

void BrokerCore::give(PeerIndex to, std::deque<TaskItem>& queue, std::size_t count) {
    on_tasks_pass(to);
    Outbox& outbox = outbox_of(to);
    for (; count > 0; --count) {
        TaskItem& item = queue.front();
        // What comes back to its owner ends there without Results, and goes down with it if it does.
        if (!is_owned_by(item.id, to)) given_.insert_or_assign(item.id, Given{to});
        outbox.add_task(std::move(item));
        queue.pop_front();
    }
}

// A host that has run dry gets one message with something of many workers, their oldest tasks: not the few small tasks
// that some worker happens to have. What there is waits for those that are asked, and while it is too little those that
// gave something are asked once more.
void BrokerCore::serve_upstream() {
    if (upstream_.steal > 0 && !copies_.empty()) {
        upstream_.request = upstream_.steal = 0;
        for (auto& item : std::exchange(copies_, {})) upstream_.outbox.add_task(std::move(item));
    }
    const bool must_go = std::exchange(upstream_.must_go, false);
    if (queue_.empty() || upstream_.steal == 0) return;
    if (queue_.size() < upstream_.steal && !must_go) {
        if (steals_pending_ > 0) return;
        if (!victims_.empty() && !std::exchange(upstream_.has_asked_again, true)) return;
    }
    upstream_.has_asked_again = false;
    for (auto count = std::min<std::size_t>(upstream_.steal, queue_.size()); count > 0; --count) {
        upstream_.outbox.add_task(std::move(queue_.front()));
        queue_.pop_front();
    }
    upstream_.request = upstream_.steal = 0;
}

// One victim is asked for each one that is hungry or each task that upstream wants, and one more for every Dry since
// somebody last gave something: a single task among a thousand peers is found in ten rounds. Together they are asked
// for what is wanted and neither here nor asked for yet.
void BrokerCore::ask_victims() {
    if (!queue_.empty() && steals_pending_ > 0) return;  // what upstream gets is gathered
    const std::size_t consumers =
        hungry_.size() + upstream_.steal - std::min<std::size_t>(upstream_.steal, queue_.size());
    const std::size_t steals_max = consumers > 0 ? consumers + misses_ : 0;
    // One that is hungry is no help to itself.
    PeerList& candidates = victims_.empty() && consumers > 1 ? last_resort_ : victims_;
    if (steals_pending_ >= steals_max) return;
    const std::uint64_t wanted = wanted_ + upstream_.steal;
    std::uint64_t open = wanted - std::min(wanted, steals_wanted_ + queue_.size());
    for (auto left = std::min(steals_max - steals_pending_, candidates.size()); left > 0; --left) {
        const PeerIndex victim = next_victim(candidates);
        const std::uint32_t count = as_count(divide_up(open, left));
        open -= std::min<std::uint64_t>(open, count);
        set_steal(victim, count);
        outbox_of(victim).add(Steal{count});
    }
}

// In turn, but who has been hungry since its last turn is passed over once: who never is has the most.
PeerIndex BrokerCore::next_victim(PeerList& candidates) {
    while (std::exchange(peers_[candidates.front()].was_hungry, false)) {
        const PeerIndex passed_over = candidates.front();
        candidates.set_member(passed_over, false);
        candidates.set_member(passed_over, true);
    }
    return candidates.front();
}

void BrokerCore::end_waiting() {
    for (Peer& peer : peers_)
        if (peer.steal > 0) peer.is_late = true;
    steals_pending_ = 0;
    steals_wanted_ = 0;
}

void BrokerCore::ask_upstream() {
    if (!has_upstream_ || !victims_.empty() || steals_pending_ > 0) return;
    // A host's workers run dry one after the other, so it asks for all of them at once, and again only when much more
    // is wanted.
    const std::uint64_t wanted = std::max<std::uint64_t>(wanted_, peers_alive_);
    if (!hungry_.empty() && wanted >= 2 * std::uint64_t{upstream_.request}) {
        upstream_.request = as_count(wanted);
        upstream_.outbox.add(Request{upstream_.request});
    }
    if (upstream_.steal > 0 && !std::exchange(upstream_.has_said_dry, true)) upstream_.outbox.add(Dry{});
}

void BrokerCore::set_request(PeerIndex index, std::uint32_t count) {
    Peer& peer = peers_[index];
    wanted_ = wanted_ - peer.request + count;
    peer.request = count;
    classify(index);
}

void BrokerCore::set_steal(PeerIndex index, std::uint32_t count) {
    Peer& peer = peers_[index];
    if (!std::exchange(peer.is_late, false)) {
        steals_pending_ -= peer.steal > 0;
        steals_wanted_ -= peer.steal;
    }
    steals_pending_ += count > 0;
    steals_wanted_ += count;
    peer.steal = count;
    classify(index);
}

void BrokerCore::set_armed(PeerIndex index, bool is_armed) {
    peers_[index].is_armed = is_armed;
    classify(index);
}

// Tasks in either direction end a request, take a steal back and disarm.
void BrokerCore::on_tasks_pass(PeerIndex peer) {
    set_request(peer, 0);
    set_steal(peer, 0);
    set_armed(peer, false);
}

void BrokerCore::classify(PeerIndex index) {
    const Peer& peer = peers_[index];
    const bool is_there = peer.is_connected && !peer.is_down;
    const bool is_hungry = is_there && peer.request > 0;
    const bool can_be_asked = is_there && !peer.is_armed && peer.steal == 0;
    hungry_.set_member(index, is_hungry);
    victims_.set_member(index, can_be_asked && !is_hungry);
    last_resort_.set_member(index, can_be_asked && is_hungry);
}

}  // namespace scoop::broker
