#include "worker/constants.hpp"

#include <tuple>
#include <utility>

#include "scoop/archive.hpp"
#include "scoop/error.hpp"
#include "worker/mail_content.hpp"

namespace scoop::worker {

Constants::Constants(Mail& mail) : mail_(mail) {
    using protocol::Bytes;
    mail_.on(Subject::constant_set, [this](base::Rank from, std::string&& content, Bytes&& bytes) {
        on_set(from, content, std::move(bytes));
    });
    mail_.on(Subject::constant_was_set, [this](base::Rank, std::string&& content, Bytes&&) { on_was_set(content); });
    mail_.on(Subject::constant_wanted,
             [this](base::Rank from, std::string&& name, Bytes&&) { on_wanted(from, std::move(name)); });
    mail_.on(Subject::constant_value,
             [this](base::Rank, std::string&& content, Bytes&& bytes) { on_value(content, std::move(bytes)); });
}

void Constants::set(const std::string& name, const std::string& type, protocol::Bytes bytes, bool is_repeated) {
    const auto setting = std::make_shared<Setting>();
    const std::uint64_t number = mail_.take_number();
    {
        const std::lock_guard lock(mutex_);
        settings_.emplace(number, setting);
    }
    mail_.send(root, Subject::constant_set, written(number, name, type, is_repeated), std::move(bytes));
    (void)setting->is_answered.wait_until(base::TimePoint::max());
    if (!setting->was_first) throw ConstantExists("scoop::set_const: the job has a constant " + name + " already");
}

const void* Constants::get(const std::string& name, const std::string& type, Decode decode, base::TimePoint deadline) {
    std::shared_ptr<Known> known;
    bool is_asked_for = false;
    {
        const std::lock_guard lock(mutex_);
        auto& entry = known_[name];
        is_asked_for = entry != nullptr;
        if (!is_asked_for) entry = std::make_shared<Known>();
        known = entry;
    }
    if (!is_asked_for) mail_.send(root, Subject::constant_wanted, name);
    if (!known->has_come.wait_until(deadline))
        throw TimeoutError("scoop::get_const: nobody has set the constant " + name + " in time");
    if (known->value.type != type)
        throw Error("scoop::get_const: the constant " + name + " is of the type " + known->value.type + ", not " +
                    type);
    const std::lock_guard lock(known->mutex);
    if (known->object == nullptr) {
        known->object = decode(known->value.bytes.view());
        known->value.bytes = {};
    }
    return known->object.get();
}

void Constants::on_set(base::Rank from, std::string_view content, protocol::Bytes&& bytes) {
    auto [number, name, type, is_repeated] =
        detail::deserialize_from<std::tuple<std::uint64_t, std::string, std::string, bool>>(content);
    const Value value{type, protocol::shared_by_many(std::move(bytes))};
    bool was_first = false;
    std::set<base::Rank> waiting;
    {
        const std::lock_guard lock(mutex_);
        const auto [entry, is_new] = values_.try_emplace(name, value);
        const Value& known = entry->second;
        was_first = is_new || (is_repeated && known.type == value.type && known.bytes == value.bytes);
        if (is_new) waiting = std::move(wanted_[name]);
        wanted_.erase(name);
    }
    for (const auto rank : waiting) tell(rank, name, value);
    mail_.send(from, Subject::constant_was_set, written(number, was_first));
}

void Constants::on_was_set(std::string_view content) {
    const auto [number, was_first] = detail::deserialize_from<std::tuple<std::uint64_t, bool>>(content);
    const std::lock_guard lock(mutex_);
    const auto setting = settings_.extract(number);
    if (setting.empty()) return;
    setting.mapped()->was_first = was_first;
    setting.mapped()->is_answered.fire();
}

void Constants::on_wanted(base::Rank from, std::string&& name) {
    Value value;
    {
        const std::lock_guard lock(mutex_);
        const auto found = values_.find(name);
        if (found == values_.end()) {
            wanted_[name].insert(from);
            return;
        }
        value = found->second;
    }
    tell(from, name, value);
}

void Constants::tell(base::Rank to, const std::string& name, const Value& value) {
    mail_.send(to, Subject::constant_value, written(name, value.type), value.bytes);
}

void Constants::on_value(std::string_view content, protocol::Bytes&& bytes) {
    const auto [name, type] = detail::deserialize_from<std::tuple<std::string, std::string>>(content);
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(name);
    if (found == known_.end() || found->second->has_come.has_fired()) return;
    found->second->value = {type, std::move(bytes)};
    found->second->has_come.fire();
}

}  // namespace scoop::worker
