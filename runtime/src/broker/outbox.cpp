#include "broker/outbox.hpp"

#include <utility>

#include "protocol/limits.hpp"

namespace scoop::broker {

using namespace protocol;

namespace {

std::size_t item_count(const Tasks& m) { return m.items.size(); }
std::size_t item_count(const Results& m) { return m.items.size(); }
std::size_t item_count(const Lost& m) { return m.ids.size(); }
std::size_t item_count(const Cancel& m) { return m.ids.size(); }

}  // namespace

template <class List>
List& Outbox::room_for(Batch& batch, std::size_t bytes) {
    if (batch.is_open) {
        auto& list = std::get<List>(messages_[batch.position]);
        if (item_count(list) < batch_items_max && batch.bytes + bytes <= batch_bytes_max) {
            batch.bytes += bytes;
            return list;
        }
    }
    batch = {messages_.size(), bytes, true};
    return std::get<List>(messages_.emplace_back(std::in_place_type<List>));
}

void Outbox::add(Message message) {
    tasks_.is_open = false;
    if (std::holds_alternative<Post>(message)) results_.is_open = false;
    messages_.push_back(std::move(message));
}

void Outbox::add_task(TaskItem item) {
    cancel_.is_open = false;
    room_for<Tasks>(tasks_, sizeof item + item.arguments.size()).items.push_back(std::move(item));
}

void Outbox::add_result(ResultItem item) {
    room_for<Results>(results_, sizeof item + item.payload.size()).items.push_back(std::move(item));
}

void Outbox::add_lost(const base::TaskId& id, const Loss& loss) {
    if (lost_.is_open && std::get<Lost>(messages_[lost_.position]).loss != loss) lost_.is_open = false;
    auto& lost = room_for<Lost>(lost_, sizeof id);
    if (lost.ids.empty()) lost.loss = loss;
    lost.ids.push_back(id);
}

void Outbox::add_cancel(const base::TaskId& id) { room_for<Cancel>(cancel_, sizeof id).ids.push_back(id); }

void Outbox::clear() {
    messages_.clear();
    tasks_ = results_ = lost_ = cancel_ = {};
}

std::vector<Message> Outbox::take() {
    auto messages = std::exchange(messages_, {});
    clear();
    return messages;
}

}  // namespace scoop::broker
