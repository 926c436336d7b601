#include "broker/broker_core.hpp"

#include <algorithm>
#include <iterator>
#include <type_traits>
#include <utility>

#include "protocol/version.hpp"

namespace scoop::broker {

using namespace protocol;

BrokerCore::BrokerCore(CoreConfig config)
    : has_upstream_(config.has_upstream),
      replaces_workers_(config.replaces_workers),
      hungry_(config.peers.size()),
      victims_(config.peers.size()),
      last_resort_(config.peers.size()) {
    peers_.reserve(config.peers.size());
    for (auto& [number, ranks] : config.peers) {
        const auto name = config.peer_names.find(number);
        const auto tags = config.peer_tags.find(number);
        Peer& peer =
            insert(number, name == config.peer_names.end() ? "peer " + std::to_string(number) : std::move(name->second),
                   std::move(ranks), tags == config.peer_tags.end() ? 0 : tags->second);
        std::erase_if(peer.workers, [&](base::Rank rank) { return config.idle_ranks.contains(rank); });
    }
}

BrokerCore::Peer& BrokerCore::insert(std::uint32_t number, std::string name, std::vector<base::Rank> ranks,
                                     TagMask tags) {
    const auto index = static_cast<PeerIndex>(peers_.size());
    index_of_.emplace(number, index);
    for (const auto rank : ranks) home_of_.emplace(rank, index);
    ++peers_alive_;
    Peer& peer = peers_.emplace_back();
    peer.number = number;
    peer.name = std::move(name);
    peer.ranks = peer.workers = std::move(ranks);
    peer.tags = tags;
    return peer;
}

std::optional<std::string> BrokerCore::on_hello(const Hello& hello) {
    const std::string name = name_of(hello.peer);
    if (hello.protocol_version != version) {
        return name + " speaks protocol " + std::to_string(hello.protocol_version) + " and the broker of this job " +
               "protocol " + std::to_string(version) + "; build both with the same version of scoop";
    }
    const auto index = find(hello.peer);
    if (!index) return name + " does not belong to this broker";
    Peer& peer = peers_[*index];
    if (replaces_workers_ && hello.incarnation > peer.incarnation) return replace(*index, hello.incarnation);
    if (peer.is_down) return name + " was given up and may not come back";
    if (peer.is_connected) return name + " is connected already";
    peer.is_connected = true;
    ++peers_connected_;
    if (!peer.outbox.empty()) dirty_.push_back(*index);
    tell_past(*index);
    if (peer.is_new) introduce(*index);
    classify(*index);
    return std::nullopt;
}

void BrokerCore::on_message(std::uint32_t peer, Message message) {
    const auto index = find(peer);
    if (!index || peers_[*index].is_down) return;
    if (!peers_[*index].is_connected) return fail(*index, "spoke before it said who it is");
    std::visit([&](auto& m) { handle(*index, m); }, message);
}

void BrokerCore::on_malformed(std::uint32_t peer, const std::string& reason) {
    const auto index = find(peer);
    if (index && !peers_[*index].is_down) fail(*index, "sent what cannot be read: " + reason);
}

void BrokerCore::handle(PeerIndex from, Request& message) {
    if (message.count == 0)
        set_armed(from, false);
    else
        peers_[from].was_hungry = true;
    set_request(from, peers_[from].is_leaving ? 0 : message.count);
}

void BrokerCore::handle(PeerIndex from, Dry&) {
    if (peers_[from].steal == 0) return;
    ++misses_;
    set_steal(from, 0);
    set_armed(from, true);
}

void BrokerCore::handle(PeerIndex from, Tasks& message) {
    if (message.items.empty()) return fail(from, "sent Tasks without a task");
    on_tasks_pass(from);
    misses_ = 0;
    for (auto& item : message.items) {
        const auto given = take_given(from, item.id);
        if (is_owner_dead(item.id) || (given && given->is_cancelled)) continue;
        if (!given && !is_owned_by(item.id, from)) return fail(from, "gave a task away that it does not have");
        enqueue(std::move(item));
    }
}

void BrokerCore::handle(PeerIndex from, Results& message) {
    for (auto& item : message.items) {
        const bool is_part = item.outcome == Outcome::part;
        const bool was_given = is_part ? has_given(from, item.id) : take_given(from, item.id).has_value();
        if (is_owner_dead(item.id)) continue;
        if (!was_given && !is_owned_by(item.id, from))
            return fail(from, "sent the result of a task that it does not have");
        route_to(item.id.owner)->add_result(std::move(item));
    }
}

void BrokerCore::handle(PeerIndex from, Lost& message) {
    if (has_upstream_) return fail(from, "reported lost tasks, which only brokers do");
    for (const auto& id : message.ids) {
        const auto given = take_given(from, id);
        if (is_owner_dead(id)) continue;
        if (!given) return fail(from, "lost a task that it does not have");
        route_to(id.owner)->add_lost(id, message.loss);
    }
}

void BrokerCore::handle(PeerIndex from, RanksDown& message) {
    if (has_upstream_) return fail(from, "reported ranks down, which only brokers do");
    for (const auto rank : message.ranks) {
        const auto home = home_of_.find(rank);
        if (home == home_of_.end() || home->second != from)
            return fail(from, "reported a rank down that is not its own");
    }
    forget_ranks(message, from, true);
}

void BrokerCore::handle(PeerIndex from, RankUp& message) {
    if (has_upstream_) return fail(from, "reported a rank up, which only brokers do");
    const auto home = home_of_.find(message.rank);
    if (home == home_of_.end() || home->second != from) return fail(from, "reported a rank up that is not its own");
    raise_rank(message, from, true);
}

void BrokerCore::handle(PeerIndex from, Cancel& message) {
    for (const auto& id : message.ids) {
        if (!is_owned_by(id, from)) return fail(from, "cancelled a task that it does not own");
        if (!cancel(id) && has_upstream_) upstream_.outbox.add_cancel(id);
    }
}

void BrokerCore::handle(PeerIndex from, Post& message) {
    const auto home = home_of_.find(message.from);
    if (home == home_of_.end() || home->second != from) return fail(from, "posted in the name of another");
    Outbox* receiver = route_to(message.to);
    if (receiver == nullptr) return;
    note_call(message);
    receiver->add(std::move(message));
}

template <class Unexpected>
void BrokerCore::handle(PeerIndex from, Unexpected&) {
    fail(from, "sent what only a broker sends");
}

base::Result<void> BrokerCore::on_upstream(Message message) {
    return std::visit([&](auto& m) { return handle_upstream(m); }, message);
}

base::Result<void> BrokerCore::handle_upstream(Tasks& message) {
    upstream_.request = upstream_.steal = 0;
    misses_ = 0;
    for (auto& item : message.items)
        if (!is_owner_dead(item.id)) enqueue(std::move(item));
    return {};
}

base::Result<void> BrokerCore::handle_upstream(Results& message) {
    for (auto& item : message.items) {
        if (is_owner_dead(item.id)) continue;
        const auto home = home_of_.find(item.id.owner);
        if (home == home_of_.end()) return base::failure("pass a result on", "its owner is not on this host");
        outbox_of(home->second).add_result(std::move(item));
    }
    return {};
}

base::Result<void> BrokerCore::handle_upstream(Lost& message) {
    for (const auto& id : message.ids) {
        if (is_owner_dead(id)) continue;
        const auto home = home_of_.find(id.owner);
        if (home == home_of_.end()) return base::failure("report a lost task", "its owner is not on this host");
        outbox_of(home->second).add_lost(id, message.loss);
    }
    return {};
}

base::Result<void> BrokerCore::handle_upstream(RanksDown& message) {
    forget_ranks(message, std::nullopt, false);
    return {};
}

base::Result<void> BrokerCore::handle_upstream(RankUp& message) {
    raise_rank(message, std::nullopt, false);
    return {};
}

base::Result<void> BrokerCore::handle_upstream(HostJoined& message) {
    joined_.push_back(message);
    spread(message, std::nullopt, false);
    return {};
}

base::Result<void> BrokerCore::handle_upstream(Steal& message) {
    upstream_.steal = message.count;
    upstream_.has_said_dry = false;
    upstream_.has_asked_again = false;
    return {};
}

base::Result<void> BrokerCore::handle_upstream(Cancel& message) {
    for (const auto& id : message.ids) cancel(id);
    return {};
}

base::Result<void> BrokerCore::handle_upstream(Post& message) {
    const auto home = home_of_.find(message.to);
    if (home == home_of_.end()) return base::failure("pass a post on", "its receiver is not on this host");
    if (!is_down(message.to)) outbox_of(home->second).add(std::move(message));
    return {};
}

template <class Unexpected>
base::Result<void> BrokerCore::handle_upstream(Unexpected&) {
    return base::failure("listen to the root broker", "it sent what only a host's broker sends");
}

std::optional<std::size_t> BrokerCore::on_peer_down(std::uint32_t number, const Departure& departure) {
    const auto index = find(number);
    if (!index) return std::nullopt;
    const Peer& peer = peers_[*index];
    if (departure.incarnation < peer.incarnation) return std::nullopt;  // its replacement was faster
    if (!peer.is_down) return bury(*index, departure);
    if (!departure.is_replaced && std::ranges::any_of(peer.ranks, [&](base::Rank rank) { return !is_gone(rank); })) {
        forget_ranks({peer.ranks, departure.ending}, index, true);
        return 0;
    }
    return std::nullopt;
}

void BrokerCore::fail(PeerIndex peer, const std::string& reason) {
    const std::string sentence = peers_[peer].name + " " + reason;
    bury(peer, {sentence, {}, peers_[peer].incarnation, {}, replaces_workers_});
    drops_.emplace_back(DropPeer{peers_[peer].number, sentence});
}

std::size_t BrokerCore::bury(PeerIndex index, const Departure& departure) {
    Peer& peer = peers_[index];
    if (std::exchange(peer.is_down, true)) return 0;
    --peers_alive_;
    on_tasks_pass(index);
    peer.outbox.clear();
    forget_ranks({peer.ranks, departure.ending, departure.is_replaced ? peer.incarnation + 1 : 0}, index, true);
    const Loss loss{departure.reason, peer.ranks.empty() ? 0 : peer.ranks.front(), departure.ending,
                    departure.is_host_lost ? Blame::host : Blame::none};
    Loss blamed = loss;
    if (departure.blamed) blamed.blame = departure.blamed->blame;
    return std::erase_if(given_, [&](const auto& entry) {
        if (entry.second.holder != index) return false;
        const bool is_blamed = departure.blamed && departure.blamed->id == entry.first;
        if (Outbox* owner = route_to(entry.first.owner)) owner->add_lost(entry.first, is_blamed ? blamed : loss);
        return true;
    });
}

template <class Wanted>
std::size_t BrokerCore::erase_queued(Wanted wanted) {
    std::size_t erased = std::erase_if(queue_, wanted) + std::erase_if(copies_, wanted);
    for (auto& [needed, queue] : needs_) erased += std::erase_if(queue, wanted);
    std::erase_if(needs_, [](const auto& entry) { return entry.second.empty(); });
    return erased;
}

void BrokerCore::forget_ranks(const RanksDown& down, std::optional<PeerIndex> told_by, bool tell_upstream) {
    for (const base::Rank rank : down.ranks)
        fates_[rank] = {down.returns_as == 0 ? no_incarnation : down.returns_as, true, down.ending};
    erase_queued([&](const TaskItem& item) { return is_owner_dead(item.id); });
    // Nobody answers for these any more: their holders forget them too.
    std::erase_if(given_, [&](const auto& entry) { return is_owner_dead(entry.first); });
    std::erase_if(calls_, [&](const auto& call) { return is_down(call.first.first) || is_down(call.first.second); });
    spread(down, told_by, tell_upstream);
}

void BrokerCore::raise_rank(const RankUp& up, std::optional<PeerIndex> told_by, bool tell_upstream) {
    Fate& fate = fates_[up.rank];
    fate.incarnation = up.incarnation;
    fate.is_down = false;
    spread(up, told_by, tell_upstream);
}

void BrokerCore::spread(const Message& news, std::optional<PeerIndex> told_by, bool tell_upstream) {
    for (PeerIndex i = 0; i < peers_.size(); ++i) {
        if (peers_[i].is_connected && !peers_[i].is_down && i != told_by) outbox_of(i).add(news);
    }
    if (has_upstream_ && tell_upstream) upstream_.outbox.add(news);
}

std::string BrokerCore::name_of(std::uint32_t peer) const {
    const auto index = find(peer);
    return index ? peers_[*index].name : "peer " + std::to_string(peer);
}

std::optional<PeerIndex> BrokerCore::find(std::uint32_t number) const {
    const auto found = index_of_.find(number);
    return found == index_of_.end() ? std::nullopt : std::optional(found->second);
}

bool BrokerCore::is_owned_by(const base::TaskId& id, PeerIndex peer) const {
    const auto home = home_of_.find(id.owner);
    return home != home_of_.end() && home->second == peer;
}

bool BrokerCore::is_owner_dead(const base::TaskId& id) const {
    if (fates_.empty()) return false;
    const auto fate = fates_.find(id.owner);
    return fate != fates_.end() && (fate->second.is_down || id.incarnation < fate->second.incarnation);
}

bool BrokerCore::is_down(base::Rank rank) const {
    const auto fate = fates_.find(rank);
    return fate != fates_.end() && fate->second.is_down;
}

bool BrokerCore::is_gone(base::Rank rank) const {
    const auto fate = fates_.find(rank);
    return fate != fates_.end() && fate->second.incarnation == no_incarnation;
}

bool BrokerCore::has_given(PeerIndex peer, const base::TaskId& id) const {
    const auto found = given_.find(id);
    return found != given_.end() && found->second.holder == peer;
}

std::optional<BrokerCore::Given> BrokerCore::take_given(PeerIndex peer, const base::TaskId& id) {
    const auto found = given_.find(id);
    if (found == given_.end() || found->second.holder != peer) return std::nullopt;
    const Given given = found->second;
    given_.erase(found);
    return given;
}

bool BrokerCore::cancel(const base::TaskId& id) {
    if (const auto found = given_.find(id); found != given_.end()) {
        if (!std::exchange(found->second.is_cancelled, true)) outbox_of(found->second.holder).add_cancel(id);
        return true;
    }
    return erase_queued([&](const TaskItem& item) { return item.id == id; }) > 0;
}

Outbox* BrokerCore::route_to(base::Rank owner) {
    if (is_down(owner)) return nullptr;
    const auto home = home_of_.find(owner);
    if (home != home_of_.end()) return &outbox_of(home->second);
    return has_upstream_ ? &upstream_.outbox : nullptr;
}

Outbox& BrokerCore::outbox_of(PeerIndex peer) {
    if (peers_[peer].is_connected && peers_[peer].outbox.empty()) dirty_.push_back(peer);
    return peers_[peer].outbox;
}

}  // namespace scoop::broker
