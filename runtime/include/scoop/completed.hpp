// Completed<R>: one finished element of a map_as_completed or a Group.
#pragma once

#include <cstddef>
#include <exception>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "scoop/detail/callable.hpp"

namespace scoop {

/// Where and how one call ended. Move-only if R is.
template <class R>
class Completed {
    using Value = detail::value_t<R>;

public:
    Completed(std::size_t position, std::string host_name, std::variant<std::exception_ptr, Value> outcome)
        : index(position), host(std::move(host_name)), outcome_(std::move(outcome)) {}

    std::size_t index;  ///< of the element in the input, or of the task in its group, from 0
    std::string host;   ///< who ran it, as the user named the host

    /// The value, moved out, or throws what the call threw.
    R get() {
        if (outcome_.index() == 0) std::rethrow_exception(std::get<0>(outcome_));
        if constexpr (!std::is_void_v<R>) return std::move(std::get<1>(outcome_));
    }
    /// What the call threw; null if it returned.
    [[nodiscard]] std::exception_ptr exception() const {
        return outcome_.index() == 0 ? std::get<0>(outcome_) : nullptr;
    }

private:
    std::variant<std::exception_ptr, Value> outcome_;
};

}  // namespace scoop
