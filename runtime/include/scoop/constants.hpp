// set_const and get_const: values with a name that the whole job can read, each set once.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>

#include "scoop/archive.hpp"
#include "scoop/detail/runtime.hpp"
#include "scoop/detail/type_name.hpp"
#include "scoop/timeout.hpp"
#include "scoop/topology.hpp"

namespace scoop {

namespace detail {

/// Behind set_const and get_const; see worker/constants.hpp.
void set_constant(const std::string& name, const std::string& type, const std::function<void(ByteSink&)>& write);
const void* get_constant(const std::string& name, const std::string& type,
                         std::shared_ptr<const void> (*decode)(std::string_view bytes), TimePoint deadline);

}  // namespace detail

/// Gives the value this name in the whole job: every task that is submitted after this returns can read it, wherever it
/// runs. Throws ConstantExists if the name is taken, also by somebody who sets it at the same time; a later attempt of
/// a task may set the same value again. The root keeps the value: it lives as long as the job. Waits for the root's
/// answer.
template <class T>
void set_const(const std::string& name, const T& value) {
    using Stored = detail::stored_t<const T&>;
    constexpr bool value_can_be_sent = detail::is_serializable<Stored>;
    static_assert(
        value_can_be_sent,
        "scoop::set_const: the value cannot be serialized: make its type a plain struct, or give it `template "
        "<class Archive> void serialize(Archive& archive)` and a default constructor");
    if constexpr (value_can_be_sent) {
        detail::set_constant(name, detail::portable_type_name(typeid(Stored)), [&value](detail::ByteSink& sink) {
            if constexpr (std::is_same_v<T, Stored>) {
                detail::serialize_into(sink, value, detail::SharedAs::value);
            } else {
                detail::serialize_into(sink, Stored(value), detail::SharedAs::value);
            }
        });
    }
}

/// The constant of this name, valid until the job ends. What was set before the calling task was submitted is there
/// without waiting for anybody to set it (it travels once to each process); otherwise waits for it, no longer than
/// `timeout`, then throws TimeoutError. Throws scoop::Error if its type is not T, as it was given to set_const (a
/// string literal is a std::string).
template <class T>
[[nodiscard]] const T& get_const(const std::string& name, Timeout timeout = forever) {
    const auto decode = [](std::string_view bytes) -> std::shared_ptr<const void> {
        return std::make_shared<const T>(detail::deserialize_from<T>(bytes));
    };
    return *static_cast<const T*>(
        detail::get_constant(name, detail::portable_type_name(typeid(T)), decode, detail::deadline_of(timeout)));
}

}  // namespace scoop
