#include "worker/held_objects.hpp"

#include <algorithm>
#include <exception>
#include <tuple>
#include <utility>

#include "scoop/archive.hpp"
#include "scoop/detail/exception_codec.hpp"
#include "worker/bytes_sink.hpp"
#include "worker/mail_content.hpp"

namespace scoop::detail {

using base::Rank;
using worker::Subject;
using worker::written;

namespace {

// What may be kept of values without handles, beside the one that was used last. An object takes some bytes itself.
constexpr std::size_t unused_bytes_max = std::size_t{256} << 20;
constexpr std::size_t object_bytes = 512;

// The value, or why there is none: whoever asked for it waits, and user code that throws must not end the comm thread.
// Throws ValueAwaited.
protocol::Bytes written_value(HeldObject& object) {
    try {
        worker::BytesSink sink(protocol::BytesWriter::Readers::many);
        object.write(sink, SharedAs::value_here);
        return sink.take();
    } catch (const ValueAwaited&) {
        throw;
    } catch (...) {
        const auto [type_name, what] = describe_exception(std::current_exception());
        std::string bytes(1, static_cast<char>(ValueMark::not_sent));
        bytes += "scoop: a shared value of rank " + std::to_string(object.id().owner) +
                 " cannot be sent: saving it threw " + type_name + ": " + what;
        return bytes;
    }
}

}  // namespace

HeldObjects::HeldObjects(worker::Mail& mail) : mail_(mail) {
    using protocol::Bytes;
    mail_.on(Subject::held, [this](Rank from, std::string&& content, Bytes&&) { on_held(from, std::move(content)); });
    mail_.on(Subject::wanted,
             [this](Rank from, std::string&& content, Bytes&&) { on_wanted(from, std::move(content)); });
    mail_.on(Subject::value, [this](Rank, std::string&& content, Bytes&& bytes) {
        const auto [id] = deserialize_from<std::tuple<HandleId>>(content);
        on_value(id, std::move(bytes));
    });
    mail_.on(Subject::gone, [this](Rank, std::string&& content, Bytes&&) { on_gone(std::move(content)); });
    mail_.on(Subject::better,
             [this](Rank from, std::string&& content, Bytes&&) { on_better(from, std::move(content)); });
    mail_.on_down([this](const auto& down) { on_down(down.ranks); });
    mail_.on_up([this](Rank rank) { on_up(rank); });
}

void HeldObjects::own(const std::shared_ptr<HeldObject>& object) {
    const std::lock_guard lock(mutex_);
    object->id_ = {config_->rank, config_->incarnation, next_number_++};
    object->is_own_ = true;
    own_objects_.emplace(object->id_, object);
}

std::shared_ptr<HeldObject> HeldObjects::hold(const HandleId& id,
                                              const std::function<std::shared_ptr<HeldObject>()>& make) {
    std::shared_ptr<HeldObject> handle;
    {
        const std::lock_guard lock(mutex_);
        if (const auto own = own_objects_.find(id); own != own_objects_.end())
            if (auto object = own->second.lock()) return object;
        Foreign& foreign = foreign_[id];
        if ((handle = foreign.handle.lock())) return handle;
        if (foreign.object == nullptr) {
            foreign.object = make();
            foreign.object->id_ = id;
        }
        leave_unused(foreign);
        handle = std::shared_ptr<HeldObject>(foreign.object.get(),
                                             [object = foreign.object](HeldObject*) { release_object(object->id()); });
        foreign.handle = handle;
    }
    // An own object that is gone cannot come back; nobody needs to be told.
    if (id.owner != config_->rank) mail_.send(id.owner, Subject::held, written(id, true));
    return handle;
}

void HeldObjects::on_released(const HandleId& id) {
    Dropped dropped;  // after the lock
    {
        const std::lock_guard lock(mutex_);
        const auto entry = foreign_.find(id);
        // Another handle may have come while this one was on its way out.
        if (entry != foreign_.end() && entry->second.handle.expired()) {
            requested_.erase(id);
            keep_unused(entry, dropped);
        }
    }
    if (id.owner != config_->rank) mail_.send(id.owner, Subject::held, written(id, false));
}

void HeldObjects::keep_unused(ForeignEntry entry, Dropped& dropped) {
    Foreign& foreign = entry->second;
    if (foreign.unused) return;
    if (foreign.is_gone || foreign.bytes == 0) {  // a bound has no bytes
        drop(entry, dropped);
        return;
    }
    foreign.unused = unused_.insert(unused_.end(), entry->first);
    unused_bytes_ += foreign.bytes;
    while (unused_bytes_ > unused_bytes_max && unused_.size() > 1) drop(foreign_.find(unused_.front()), dropped);
}

void HeldObjects::end_foreign(ForeignEntry entry, Dropped& dropped) {
    entry->second.is_gone = true;
    if (entry->second.handle.expired()) drop(entry, dropped);
}

void HeldObjects::drop(ForeignEntry entry, Dropped& dropped) {
    leave_unused(entry->second);
    dropped.push_back(std::move(entry->second.object));
    foreign_.erase(entry);
}

void HeldObjects::leave_unused(Foreign& foreign) {
    if (!foreign.unused) return;
    unused_.erase(*foreign.unused);
    unused_bytes_ -= foreign.bytes;
    foreign.unused.reset();
}

void HeldObjects::on_end(const HeldObject& object) {
    std::set<Rank> known_to;
    {
        const std::lock_guard lock(mutex_);
        own_objects_.erase(object.id_);
        if (const auto own = own_.find(object.id_); own != own_.end()) {
            known_to = std::move(own->second.known_to);
            own_.erase(own);
        }
    }
    for (const Rank rank : known_to) mail_.send(rank, Subject::gone, written(object.id_));
}

// For who has a handle.
std::shared_ptr<HeldObject> HeldObjects::find(const HandleId& id) {
    const std::lock_guard lock(mutex_);
    if (const auto own = own_objects_.find(id); own != own_objects_.end())
        if (auto object = own->second.lock()) return object;
    const auto foreign = foreign_.find(id);
    return foreign == foreign_.end() ? nullptr : foreign->second.handle.lock();
}

void HeldObjects::on_held(Rank from, std::string&& content) {
    const auto [id, is_held] = deserialize_from<std::tuple<HandleId, bool>>(content);
    const auto object = find(id);
    if (object == nullptr || !object->is_own_) return;
    std::shared_ptr<HeldObject> dropped;  // after the lock: it may be the last
    {
        const std::lock_guard lock(mutex_);
        Own& own = own_[id];
        if (is_held) {
            ++own.holders[from];
            own.known_to.insert(from);
            own.kept = object;
        } else {
            if (const auto holder = own.holders.find(from); holder != own.holders.end() && --holder->second == 0)
                own.holders.erase(holder);
            if (own.holders.empty()) dropped = std::move(own.kept);
        }
    }
    if (is_held) object->on_held_by(from);
}

// The owner itself on its own host, elsewhere the lowest rank of this host that lives.
Rank HeldObjects::source_of(const HandleId& id) const {
    const auto& ranks = config_->hosts[config_->host].ranks;
    if (std::find(ranks.begin(), ranks.end(), id.owner) != ranks.end()) return id.owner;
    for (const Rank rank : ranks)
        if (!dead_.contains(rank)) return rank == config_->rank ? id.owner : rank;
    return id.owner;
}

void HeldObjects::request(const HandleId& id) {
    Rank source = 0;
    std::optional<protocol::Bytes> here;
    {
        const std::lock_guard lock(mutex_);
        requested_.insert(id);
        source = source_of(id);
        // A keeper that asks for itself may have fetched it for others, or be about to.
        if (source == id.owner) {
            Fetched& fetched = fetched_[id];
            const bool is_asked_for = fetched.has_come || !fetched.waiting.empty();
            fetched.waiting.insert(config_->rank);
            if (fetched.has_come) {
                here = fetched.bytes;
            } else if (dead_.contains(id.owner)) {
                here.emplace();  // gone
            } else if (is_asked_for) {
                return;
            }
        }
    }
    if (here) {
        on_value(id, std::move(*here));
    } else {
        mail_.send(source, Subject::wanted, written(id));
    }
}

void HeldObjects::on_wanted(Rank from, std::string&& content) {
    const auto [id] = deserialize_from<std::tuple<HandleId>>(content);
    if (id.owner == config_->rank) {
        answer({from, id});
        return;
    }
    // As this host's keeper.
    bool is_asked_for = false;
    protocol::Bytes bytes;
    bool can_answer = false;
    {
        const std::lock_guard lock(mutex_);
        Fetched& fetched = fetched_[id];
        is_asked_for = !fetched.waiting.empty();
        can_answer = fetched.has_come || dead_.contains(id.owner);
        if (can_answer) {
            bytes = fetched.bytes;  // none: it is gone
        } else {
            fetched.waiting.insert(from);
        }
    }
    if (can_answer) {
        send_value(from, id, std::move(bytes));
    } else if (!is_asked_for) {
        mail_.send(id.owner, Subject::wanted, written(id));
    }
}

// No bytes: it is gone.
protocol::Bytes HeldObjects::own_value(const HandleId& id, Rank reader) {
    const auto object = find(id);
    if (object == nullptr) return {};
    {
        const std::lock_guard lock(mutex_);
        Own& own = own_[id];
        own.known_to.insert(reader);
        if (!own.value.empty()) return own.value;
    }
    protocol::Bytes bytes = written_value(*object);
    if (bytes.shared() == nullptr) return bytes;
    const std::lock_guard lock(mutex_);
    own_[id].value = bytes;
    return bytes;
}

// Later, if a value within it has to come first.
void HeldObjects::answer(const Wanted& wanted) {
    HandleId awaited;
    try {
        send_value(wanted.reader, wanted.id, own_value(wanted.id, wanted.reader));
        return;
    } catch (const ValueAwaited& missing) {
        awaited = missing.id;
    }
    {
        const std::lock_guard lock(mutex_);
        postponed_[awaited].push_back(wanted);
    }
    request(awaited);  // it may have been asked for before; twice does no harm
}

void HeldObjects::answer_postponed(const HandleId& awaited) {
    std::vector<Wanted> postponed;
    {
        const std::lock_guard lock(mutex_);
        if (const auto entry = postponed_.find(awaited); entry != postponed_.end()) {
            postponed = std::move(entry->second);
            postponed_.erase(entry);
        }
    }
    for (const Wanted& wanted : postponed) answer(wanted);
}

void HeldObjects::send_value(Rank to, const HandleId& id, protocol::Bytes bytes) {
    mail_.send(to, Subject::value, written(id), std::move(bytes));
}

void HeldObjects::on_value(const HandleId& id, protocol::Bytes bytes) {
    std::set<Rank> waiting;
    std::shared_ptr<HeldObject> object;
    {
        const std::lock_guard lock(mutex_);
        requested_.erase(id);
        if (const auto entry = foreign_.find(id); entry != foreign_.end() && !entry->second.handle.expired()) {
            object = entry->second.object;
            entry->second.bytes = bytes.empty() ? 0 : bytes.size() + object_bytes;
        }
        if (const auto entry = fetched_.find(id); entry != fetched_.end()) {
            waiting = std::move(entry->second.waiting);
            entry->second.waiting.clear();
            const bool is_for_others =
                std::any_of(waiting.begin(), waiting.end(), [&](Rank r) { return r != config_->rank; });
            // Alone on its host nobody will ask a keeper, and what is gone stays so.
            if (bytes.empty() || (config_->hosts[config_->host].ranks.size() < 2 && !is_for_others)) {
                fetched_.erase(entry);
            } else if (!entry->second.has_come) {
                bytes = protocol::shared_by_many(std::move(bytes));
                entry->second.has_come = true;
                entry->second.bytes = bytes;
            }
        }
    }
    for (const Rank rank : waiting)
        if (rank != config_->rank) send_value(rank, id, bytes);
    if (object != nullptr) object->receive(worker::received(std::move(bytes)));
    answer_postponed(id);
}

void HeldObjects::on_gone(std::string&& content) {
    const auto [id] = deserialize_from<std::tuple<HandleId>>(content);
    Dropped dropped;  // after the lock
    const std::lock_guard lock(mutex_);
    fetched_.erase(id);
    if (const auto entry = foreign_.find(id); entry != foreign_.end()) end_foreign(entry, dropped);
}

void HeldObjects::send_bound(const HandleId& id, const std::string& bytes, std::optional<Rank> except) {
    if (id.owner != config_->rank) {
        mail_.send(id.owner, Subject::better, written(id, bytes));
        return;
    }
    std::map<Rank, int> holders;
    {
        const std::lock_guard lock(mutex_);
        if (const auto own = own_.find(id); own != own_.end()) holders = own->second.holders;
    }
    for (const auto& [rank, count] : holders)
        if (rank != except) mail_.send(rank, Subject::better, written(id, bytes));
}

void HeldObjects::on_better(Rank, std::string&& content) {
    auto [id, bytes] = deserialize_from<std::tuple<HandleId, std::string>>(content);
    if (const auto object = find(id)) object->receive(ReceivedBytes(std::move(bytes)));
}

void HeldObjects::on_down(const std::vector<Rank>& ranks) {
    Dropped dropped;
    std::vector<std::shared_ptr<HeldObject>> lost;
    std::vector<HandleId> again;
    {
        const std::lock_guard lock(mutex_);
        dead_.insert(ranks.begin(), ranks.end());
        for (auto& [id, own] : own_) {
            for (const Rank rank : ranks) own.holders.erase(rank);
            if (own.holders.empty() && own.kept != nullptr) dropped.push_back(std::move(own.kept));
        }
        for (const HandleId& id : requested_) {
            if (!dead_.contains(id.owner)) {
                again.push_back(id);  // its keeper may have died; asking twice does no harm
            } else if (const auto entry = foreign_.find(id); entry != foreign_.end()) {
                lost.push_back(entry->second.object);
            }
        }
        for (auto entry = foreign_.begin(); entry != foreign_.end();) {
            const auto one = entry++;
            if (dead_.contains(one->first.owner)) end_foreign(one, dropped);
        }
        for (auto& [id, fetched] : fetched_)
            if (!fetched.has_come) fetched.waiting.clear();
    }
    for (const auto& object : lost) {
        object->receive({});
        answer_postponed(object->id());
    }
    for (const HandleId& id : again) request(id);
}

// What its process before it owned it does not have: it says so to whoever asks.
void HeldObjects::on_up(Rank rank) {
    const std::lock_guard lock(mutex_);
    dead_.erase(rank);
}

}  // namespace scoop::detail
