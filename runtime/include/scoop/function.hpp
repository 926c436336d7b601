// overload and Function: a function among several of its name, and one that is chosen at run time.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>

#include "scoop/archive.hpp"
#include "scoop/detail/function_identity.hpp"
#include "scoop/error.hpp"

namespace scoop {

/// Picks one of several functions of a name: submit<scoop::overload<double(double)>(norm)>(x).
template <class Signature>
[[nodiscard]] constexpr Signature* overload(Signature* function) noexcept {
    return function;
}
/// The same for member functions: scoop::overload<double() const>(&Shape::area).
template <class Signature, class Class>
[[nodiscard]] constexpr auto overload(Signature Class::*function) noexcept {
    return function;
}

namespace detail {

using AnyFunctionPointer = void (*)();
/// Adds a function that handles may name. Two different ones with one hash end the program at start.
bool register_handle(std::uint64_t hash, AnyFunctionPointer function, const std::string& name);
/// Throws FunctionNotFound.
AnyFunctionPointer find_handle(std::uint64_t hash);

template <auto F, class Signature>
struct HandleOf;
template <auto F, class R, class... A>
struct HandleOf<F, R(A...)> {
    static R call(A... arguments) {
        if constexpr (std::is_void_v<R>) {
            (void)std::invoke(F, std::forward<A>(arguments)...);
        } else {
            return std::invoke(F, std::forward<A>(arguments)...);
        }
    }
    static std::uint64_t hash() { return function_identity<F, R(A...)>().hash; }
    static inline const bool is_registered =
        register_handle(hash(), reinterpret_cast<AnyFunctionPointer>(&call), function_identity<F, R(A...)>().name);
};

}  // namespace detail

template <class Signature>
class Function;

/// A handle to a function that can be chosen at run time, stored and given to tasks; it means the same function in
/// every process of the job. Empty until assigned. A value; any thread.
template <class R, class... A>
class Function<R(A...)> {
public:
    Function() = default;

    /// The handle to f, anything that can be called with A... and whose result converts to R; if R is void it is
    /// dropped. Each such f that occurs in the program is known in all its processes.
    template <auto F>
    [[nodiscard]] static Function of() {  // f has overloads: scoop::overload<R(A…)>(f)
        (void)detail::HandleOf<F, R(A...)>::is_registered;
        return Function(detail::HandleOf<F, R(A...)>::hash(), &detail::HandleOf<F, R(A...)>::call);
    }

    R operator()(A... arguments) const {
        if (function_ == nullptr) throw Error("scoop::Function: nothing was assigned to this function");
        return function_(std::forward<A>(arguments)...);
    }
    explicit operator bool() const noexcept { return function_ != nullptr; }
    friend bool operator==(const Function&, const Function&) = default;

    template <class Archive>
    void save(Archive& archive) const {
        archive(function_ != nullptr, hash_);
    }
    /// Throws FunctionNotFound if this program has no such function: it is another build.
    template <class Archive>
    void load(Archive& archive) {
        bool is_set = false;
        archive(is_set, hash_);
        function_ = is_set ? reinterpret_cast<R (*)(A...)>(detail::find_handle(hash_)) : nullptr;
    }

private:
    Function(std::uint64_t hash, R (*function)(A...)) : hash_(hash), function_(function) {}

    std::uint64_t hash_ = 0;
    R (*function_)(A...) = nullptr;
};

}  // namespace scoop
