// Shared<T>: a value that many tasks read, sent to each host at most once.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "scoop/archive.hpp"
#include "scoop/detail/held_object.hpp"
#include "scoop/error.hpp"

namespace scoop {

template <class T>
class Shared;
namespace detail {
/// What share(value) shares: a std::string for a literal.
template <class T>
using shared_value_t = std::conditional_t<std::is_same_v<std::decay_t<T>, const char*>, std::string, std::decay_t<T>>;
}  // namespace detail

template <class T>
[[nodiscard]] Shared<detail::shared_value_t<T>> share(T&& value);

namespace detail {

struct SharedAccess;

/// The value in this process: there from the start in its owner, elsewhere when somebody has looked at it.
template <class T>
class SharedObject final : public HeldObject {
public:
    SharedObject() = default;
    explicit SharedObject(T value) : value_(std::move(value)) {
        decoded_.store(&*value_, std::memory_order_release);
        has_come_.fire();
    }

    /// Waits for it on first use. Throws Error if it is gone with its owner, SerializationError if it could not travel.
    const T& get() {
        if (const T* const decoded = decoded_.load(std::memory_order_acquire)) return *decoded;
        wait();
        const std::lock_guard lock(mutex_);
        if (!value_) {
            const std::string_view bytes = bytes_that_came();
            if (bytes.front() == static_cast<char>(ValueMark::not_sent))
                throw SerializationError(std::string(bytes.substr(1)));
            value_.emplace(deserialize_from<Kept>(bytes).value);
            bytes_ = {};
            decoded_.store(&*value_, std::memory_order_release);
        }
        return *value_;
    }
    /// Bytes that the value takes when it travels; waits for it. Throws what its serialization throws.
    std::size_t size() {
        return known(size_, [this] {
            CountingSink sink;
            serialize_into(sink, get(), SharedAs::value);
            return sink.size();
        });
    }
    void write(ByteSink& sink, SharedAs shared_as) override {
        if (shared_as == SharedAs::value_here && !has_come_.has_fired()) throw ValueAwaited{id()};
        wait();
        if (const std::lock_guard lock(mutex_); !value_) {
            const std::string_view bytes = bytes_that_came();
            sink.append(bytes.data(), bytes.size());
            return;
        }
        OutputArchive archive(sink, shared_as);
        archive(static_cast<std::uint8_t>(ValueMark::value), *value_);
    }
    /// Of the value; waits for it.
    std::pair<std::uint64_t, std::uint64_t> digest() {
        return known(digest_, [this] {
            std::string bytes;
            serialize_into(bytes, get(), SharedAs::digest);
            return digest_of_bytes(bytes);
        });
    }
    /// No bytes: it is gone.
    void receive(ReceivedBytes&& bytes) override {
        {
            const std::lock_guard lock(mutex_);
            if (value_ || !bytes_.view().empty()) return;
            bytes_ = std::move(bytes);
        }
        has_come_.fire();
    }

private:
    struct Kept {
        std::uint8_t mark = 0;
        T value{};
        template <class Archive>
        void serialize(Archive& archive) {
            archive(mark, value);
        }
    };
    void wait() {
        if (has_come_.has_fired()) return;
        request();
        (void)has_come_.wait_until(TimePoint::max());
    }
    void request() {
        {
            const std::lock_guard lock(mutex_);
            if (std::exchange(is_requested_, true)) return;
        }
        request_object(id());
    }
    [[nodiscard]] std::string_view bytes_that_came() const {
        const std::string_view bytes = bytes_.view();
        if (bytes.empty())
            throw Error("scoop: a shared value is gone: the process that shared it has dropped or lost it");
        return bytes;
    }
    /// Found out once. Finding out may wait for values within this one, so the lock is not held meanwhile.
    template <class Property, class Find>
    Property known(std::optional<Property>& property, const Find& find) {
        if (const std::lock_guard lock(mutex_); property) return *property;
        const Property found = find();
        const std::lock_guard lock(mutex_);
        property = found;
        return found;
    }

    std::mutex mutex_;
    std::optional<T> value_;                  // once it is there, it does not change any more
    std::atomic<const T*> decoded_{nullptr};  // of value_
    ReceivedBytes bytes_;
    std::optional<std::size_t> size_;
    std::optional<std::pair<std::uint64_t, std::uint64_t>> digest_;
    bool is_requested_ = false;
    Event has_come_;
};

}  // namespace detail

/// A handle to a value of any serializable type; cheap to copy and to give to tasks. The value is read-only, travels to
/// a host at most once, on first use, and is freed with its last handle; a process that has used it may keep it until
/// then. Where a task's function has a parameter `T` or `const T&`, a Shared<T> may be given for it: the function then
/// gets the value itself. The Shared of a range may stand for the range in map and its relatives; of one that is not
/// random-access the elements travel.
template <class T>
class Shared {
public:
    Shared() = default;

    /// Waits for the value on first use in this process. In a task, waiting sets the task aside.
    const T& operator*() const { return object().get(); }
    const T* operator->() const { return &object().get(); }
    [[nodiscard]] bool valid() const noexcept { return object_ != nullptr; }

    template <class Archive>
    void save(Archive& archive) const {
        const bool is_valid = valid();
        archive(is_valid);
        if (!is_valid) return;
        if (archive.shared_as() == detail::SharedAs::digest) {
            const auto [low, high] = object_->digest();
            archive(low, high);
            return;
        }
        archive(object_->id());
        std::string value;
        if (archive.shared_as() != detail::SharedAs::handle) {
            detail::StringSink sink(value);
            object_->write(sink, archive.shared_as());
        }
        archive(value);
    }
    template <class Archive>
    void load(Archive& archive) {
        bool is_valid = false;
        archive(is_valid);
        object_.reset();
        if (!is_valid) return;
        detail::HandleId id;
        std::string value;
        archive(id, value);
        const auto make = [] { return std::make_shared<detail::SharedObject<T>>(); };
        if (value.empty()) {
            object_ = std::static_pointer_cast<detail::SharedObject<T>>(detail::hold_object(id, make));
        } else if (auto known = detail::find_object(id)) {
            object_ = std::static_pointer_cast<detail::SharedObject<T>>(std::move(known));
        } else {
            // The one it came from may have dropped it: from here on it is this process's own.
            object_ = make();
            object_->receive(detail::ReceivedBytes(std::move(value)));
            detail::own_object(object_);
        }
    }

private:
    explicit Shared(std::shared_ptr<detail::SharedObject<T>> object) : object_(std::move(object)) {}
    detail::SharedObject<T>& object() const {
        if (object_ == nullptr) throw Error("scoop: this Shared is empty: nothing was shared through it");
        return *object_;
    }
    std::shared_ptr<detail::SharedObject<T>> object_;  // owned by the handles of this process

    template <class U>
    friend Shared<detail::shared_value_t<U>> share(U&& value);
    friend struct detail::SharedAccess;
};

/// Makes the value available to all tasks that get the handle; of a literal a std::string. Throws scoop::Error outside
/// a job.
template <class T>
Shared<detail::shared_value_t<T>> share(T&& value) {
    using Value = detail::shared_value_t<T>;
    constexpr bool value_can_be_sent = detail::is_serializable<Value>;
    static_assert(
        value_can_be_sent,
        "scoop::share: the value cannot be serialized: make its type a plain struct, or give it `template <class "
        "Archive> void serialize(Archive& archive)` and a default constructor");
    if constexpr (value_can_be_sent) {
        auto object = std::make_shared<detail::SharedObject<Value>>(Value(std::forward<T>(value)));
        detail::own_object(object);
        return Shared<Value>(std::move(object));
    }
}

namespace detail {

struct SharedAccess {
    /// Bytes of the value. Throws what its serialization throws.
    template <class T>
    static std::size_t size(const Shared<T>& shared) {
        return shared.object().size();
    }
};

template <class T>
inline constexpr bool is_shared = false;
template <class T>
inline constexpr bool is_shared<Shared<T>> = true;

/// One element of a shared range, in a map over it: what travels is the handle, once for a stretch, and the position.
template <class Range>
struct SharedElement {
    Shared<Range> range;
    std::uint64_t index = 0;

    decltype(auto) operator*() const {
        return std::ranges::begin(*range)[static_cast<std::ranges::range_difference_t<const Range>>(index)];
    }
};
template <class T>
inline constexpr bool is_shared_element = false;
template <class Range>
inline constexpr bool is_shared_element<SharedElement<Range>> = true;

template <class T>
inline constexpr bool is_shared_range = false;
template <class Range>
    requires(std::ranges::random_access_range<const Range> && std::ranges::sized_range<const Range>)
inline constexpr bool is_shared_range<Shared<Range>> = true;

template <class T>
inline constexpr bool is_shared_sequence = false;
template <class Range>
    requires(std::ranges::input_range<const Range> && !is_shared_range<Shared<Range>>)
inline constexpr bool is_shared_sequence<Shared<Range>> = true;

/// What is shared, as a view: for ranges whose elements cannot be found by their position.
template <class Range>
class SharedView : public std::ranges::view_interface<SharedView<Range>> {
public:
    explicit SharedView(Shared<Range> range) : range_(std::move(range)) {}
    [[nodiscard]] auto begin() const { return std::ranges::begin(*range_); }
    [[nodiscard]] auto end() const { return std::ranges::end(*range_); }

private:
    Shared<Range> range_;
};

/// A parameter of type P that is served from what stands for its argument: a Shared<T> or a SharedElement.
template <class P, class Source>
struct FromShared {};
template <class P, class Source>
struct StoredAs<FromShared<P, Source>> {
    using Type = Source;
};

template <class P>
inline constexpr bool is_from_shared = false;
template <class P, class Source>
inline constexpr bool is_from_shared<FromShared<P, Source>> = true;

/// The parameter as a task's call has it, given an argument of type Given.
template <class P, class Given>
struct ParameterFor {
    using Type = P;
};
template <class P, class T>
    requires(!is_shared<std::decay_t<P>> && std::is_convertible_v<const T&, P>)
struct ParameterFor<P, Shared<T>> {
    using Type = FromShared<P, Shared<T>>;
};
template <class P, class Range>
struct ParameterFor<P, SharedElement<Range>> {
    using Type = FromShared<P, SharedElement<Range>>;
};
/// The same where the function does not say what it takes.
template <class Given>
struct ParameterOf {
    using Type = Given;
};
template <>
struct ParameterOf<const char*> {
    using Type = std::string;
};
template <class Range>
struct ParameterOf<SharedElement<Range>> {
    using Type = FromShared<const std::ranges::range_value_t<Range>&, SharedElement<Range>>;
};

}  // namespace detail

}  // namespace scoop
