// Best<T, Less>: the best value that any task of a search has found so far.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "scoop/archive.hpp"
#include "scoop/detail/held_object.hpp"
#include "scoop/error.hpp"

namespace scoop {

namespace detail {

template <class T, class Less>
class BestObject final : public HeldObject {
public:
    BestObject() = default;
    explicit BestObject(T first) : value_(std::move(first)) {}

    [[nodiscard]] T get() {
        const std::lock_guard lock(mutex_);
        return value_.value();
    }
    bool offer(const T& candidate, std::optional<std::uint32_t> from) {
        {
            const std::lock_guard lock(mutex_);
            if (value_ && !Less{}(candidate, *value_)) return false;
            value_ = candidate;
        }
        std::string bytes;
        serialize_into(bytes, candidate);
        send_bound(id(), std::move(bytes), from);
        return true;
    }
    /// Before it travels: whoever reads the handle knows at least this.
    void start_with(T value) {
        const std::lock_guard lock(mutex_);
        if (!value_ || Less{}(value, *value_)) value_ = std::move(value);
    }
    void write(ByteSink& sink, SharedAs) override { serialize_into(sink, get()); }
    void receive(ReceivedBytes&& bytes) override {
        T candidate = deserialize_from<T>(bytes.view());
        if (is_own()) {
            (void)offer(candidate, std::nullopt);
        } else {
            start_with(std::move(candidate));
        }
    }
    void on_held_by(std::uint32_t) override {
        std::string bytes;
        serialize_into(bytes, get());
        send_bound(id(), std::move(bytes), std::nullopt);
    }

private:
    std::mutex mutex_;
    std::optional<T> value_;
};

}  // namespace detail

/// A shared bound for branch and bound. All tasks that have the handle offer what they find and prune by what is known:
/// `get()` only ever improves, costs no message, and may lag behind what others have found. Better is what Less puts
/// first: with std::less the smallest is kept, with std::greater the largest. Copies are handles to the same bound; any
/// thread.
template <class T, class Less = std::less<T>>
class Best {
public:
    /// A bound that starts with `first`. Throws scoop::Error outside a job.
    explicit Best(T first) : object_(std::make_shared<detail::BestObject<T, Less>>(std::move(first))) {
        detail::own_object(object_);
    }
    Best() = default;  ///< an empty handle, to be read from an archive or assigned

    /// Whether the value is better than all this process knew of; then the others are told.
    bool offer(const T& value) const { return object().offer(value, std::nullopt); }
    [[nodiscard]] T get() const { return object().get(); }

    template <class Archive>
    void save(Archive& archive) const {
        if (archive.shared_as() == detail::SharedAs::digest)
            throw SerializationError("scoop: what a Best comes to depends on when it is asked");
        archive(object().id(), object().get());
    }
    template <class Archive>
    void load(Archive& archive) {
        detail::HandleId id;
        T value{};
        archive(id, value);
        object_ = std::static_pointer_cast<detail::BestObject<T, Less>>(
            detail::hold_object(id, [] { return std::make_shared<detail::BestObject<T, Less>>(); }));
        object_->start_with(std::move(value));
    }

private:
    detail::BestObject<T, Less>& object() const {
        if (object_ == nullptr) throw Error("scoop: this Best is empty");
        return *object_;
    }
    std::shared_ptr<detail::BestObject<T, Less>> object_;  // owned by the handles of this process
};

}  // namespace scoop
