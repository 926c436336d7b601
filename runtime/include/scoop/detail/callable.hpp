// What the library needs to know of a callable: its parameters, what is stored for each of them, and its result.
#pragma once

#include <cstddef>
#include <functional>
#include <ranges>
#include <tuple>
#include <type_traits>
#include <utility>

#include "scoop/archive.hpp"
#include "scoop/shared.hpp"

namespace scoop {

template <class R>
class Future;
template <class R>
class SharedFuture;

}  // namespace scoop

namespace scoop::detail {

struct Unit {  ///< the result of a void function
    template <class Archive>
    void serialize(Archive&) {}
};

template <class R>
using value_t = std::conditional_t<std::is_void_v<R>, Unit, std::remove_cvref_t<R>>;

template <class... P>
struct Parameters {
    static constexpr std::size_t count = sizeof...(P);
};

/// The one signature of a callable; `known` is false for templates, overload sets and generic lambdas.
template <class F>
struct Signature {
    static constexpr bool known = false;
};
template <class R, class... P>
struct Signature<R (*)(P...)> {
    static constexpr bool known = true;
    using Result = R;
    using List = Parameters<P...>;
};
template <class R, class... P>
struct Signature<R (*)(P...) noexcept> : Signature<R (*)(P...)> {};
template <class R, class C, class... P>
struct Signature<R (C::*)(P...)> : Signature<R (*)(C, P...)> {};
template <class R, class C, class... P>
struct Signature<R (C::*)(P...) const> : Signature<R (*)(const C&, P...)> {};
template <class R, class C, class... P>
struct Signature<R (C::*)(P...) noexcept> : Signature<R (*)(C, P...)> {};
template <class R, class C, class... P>
struct Signature<R (C::*)(P...) const noexcept> : Signature<R (*)(const C&, P...)> {};

template <class M>
struct CallOperator {
    static constexpr bool known = false;
};
template <class R, class C, class... P>
struct CallOperator<R (C::*)(P...)> : Signature<R (*)(P...)> {};
template <class R, class C, class... P>
struct CallOperator<R (C::*)(P...) const> : Signature<R (*)(P...)> {};
template <class R, class C, class... P>
struct CallOperator<R (C::*)(P...) noexcept> : Signature<R (*)(P...)> {};
template <class R, class C, class... P>
struct CallOperator<R (C::*)(P...) const noexcept> : Signature<R (*)(P...)> {};

template <class F>
    requires requires { &F::operator(); }
struct Signature<F> : CallOperator<decltype(&F::operator())> {};

/// The object of a member function that is qualified with `&`.
template <class C>
struct LvalueObject {};
template <class C>
struct StoredAs<LvalueObject<C>> {
    using Type = C;
};
template <class P>
inline constexpr bool is_lvalue_object = false;
template <class C>
inline constexpr bool is_lvalue_object<LvalueObject<C>> = true;

template <class R, class C, class... P>
struct Signature<R (C::*)(P...)&> : Signature<R (*)(LvalueObject<C>, P...)> {};
template <class R, class C, class... P>
struct Signature<R (C::*)(P...) & noexcept> : Signature<R (*)(LvalueObject<C>, P...)> {};
template <class R, class C, class... P>
struct Signature<R (C::*)(P...) const&> : Signature<R (*)(const C&, P...)> {};
template <class R, class C, class... P>
struct Signature<R (C::*)(P...) const & noexcept> : Signature<R (*)(const C&, P...)> {};

/// Hands a stored argument to a parameter of type P: by move unless it is const, or as a C string where the function
/// wants one.
template <class P, class Stored>
decltype(auto) pass(Stored& stored) {
    if constexpr (std::is_same_v<std::remove_cv_t<P>, const char*> && !std::is_pointer_v<Stored>) {
        return stored.c_str();
    } else if constexpr (is_from_shared<P>) {
        return *std::as_const(stored);
    } else if constexpr (is_lvalue_object<P> || std::is_const_v<Stored>) {
        return (stored);
    } else {
        return std::move(stored);
    }
}

template <class T>
inline constexpr bool is_reference_wrapper = false;
template <class T>
inline constexpr bool is_reference_wrapper<std::reference_wrapper<T>> = true;

/// Something that leads to memory of this process.
template <class T>
inline constexpr bool is_address = std::is_pointer_v<T> || is_reference_wrapper<T>;

template <class T>
inline constexpr bool is_future = false;
template <class R>
inline constexpr bool is_future<Future<R>> = true;
template <class R>
inline constexpr bool is_future<SharedFuture<R>> = true;

/// Whether a call of F may have a reference to what outlives it for a parameter, as if that had been copied: F says
/// what it takes, and that it does not change it.
template <auto F, class P, class Given>
inline constexpr bool is_bound =
    std::is_same_v<Given, const stored_t<P>&> && !is_lvalue_object<P> &&
    (is_from_shared<P> || (Signature<std::remove_const_t<decltype(F)>>::known && std::is_convertible_v<Given, P>));

/// A call of F with stored arguments: the parameter list fixed once for tasks and maps alike.
template <auto F, class List>
struct Call;
template <auto F, class... P>
struct Call<F, Parameters<P...>> {
    using Arguments = std::tuple<stored_t<P>...>;
    using Raw = std::invoke_result_t<decltype(F), decltype(pass<P>(std::declval<stored_t<P>&>()))...>;
    using Value = value_t<Raw>;
    using Function = Raw(P...);

    static Value invoke(Arguments& arguments) { return invoke(arguments, std::index_sequence_for<P...>{}); }
    /// With values of the stored types, and const references to such that outlive the call.
    template <class... Given>
    static Value call(Given&&... given) {
        std::tuple<std::conditional_t<is_bound<F, P, Given>, Given, stored_t<P>>...> arguments(
            std::forward<Given>(given)...);
        return invoke(arguments, std::index_sequence_for<P...>{});
    }

private:
    template <class Held, std::size_t... I>
    static Value invoke([[maybe_unused]] Held& arguments, std::index_sequence<I...>) {
        if constexpr (std::is_void_v<Raw>) {
            std::invoke(F, pass<P>(std::get<I>(arguments))...);
            return {};
        } else {
            return std::invoke(F, pass<P>(std::get<I>(arguments))...);
        }
    }
};

/// Whether F takes so many arguments, as far as that is known before they are looked at.
template <auto F, class... Given>
consteval bool count_matches() {
    using S = Signature<std::remove_const_t<decltype(F)>>;
    if constexpr (S::known) return S::List::count == sizeof...(Given);
    return true;
}

/// The parameters of a task: those of F if it has one signature, else the given types.
template <auto F, class... Given>
consteval auto parameters_for() {
    using S = Signature<std::remove_const_t<decltype(F)>>;
    if constexpr (!S::known) {
        return std::type_identity<Parameters<typename ParameterOf<std::decay_t<Given>>::Type...>>{};
    } else if constexpr (count_matches<F, Given...>()) {
        return []<class... P>(std::type_identity<Parameters<P...>>) {
            return std::type_identity<Parameters<typename ParameterFor<P, std::decay_t<Given>>::Type...>>{};
        }(std::type_identity<typename S::List>{});
    } else {
        return std::type_identity<typename S::List>{};  // of a call that check_call refuses
    }
}

/// What stored_from (task.hpp) makes of an argument: a conversion, or the elements of a span.
template <class Stored, class Given>
concept HasElementsFor = requires(Given given) { Stored(std::ranges::begin(given), std::ranges::end(given)); };
/// The columns of a map convert integers to enums besides.
template <class Stored, class Given>
inline constexpr bool is_made_from = std::is_constructible_v<Stored, Given> || HasElementsFor<Stored, Given> ||
                                     (std::is_enum_v<Stored> && std::is_integral_v<std::remove_cvref_t<Given>>);

// What follows says in the compiler's first error what is wrong with a call, and what to do. It is false then, and who
// asks leaves the rest of the call out: everything that can be said behind such an error only buries it.

/// Whether F can be called with what is stored for its parameters, and the result travel.
template <auto F, class... P>
consteval bool check_result(std::type_identity<Parameters<P...>>) {
    constexpr bool is_callable = std::is_invocable_v<decltype(F), decltype(pass<P>(std::declval<stored_t<P>&>()))...>;
    static_assert(is_callable,
                  "scoop: the function cannot be called with these arguments: see how many it takes, and that it takes "
                  "rvalues (auto, const auto& or auto&&, but not auto&)");
    if constexpr (is_callable) {
        constexpr bool result_can_be_sent = is_serializable<typename Call<F, Parameters<P...>>::Value>;
        static_assert(
            result_can_be_sent,
            "scoop: the result of this task cannot be serialized: make its type a plain struct, or give it "
            "`template <class Archive> void serialize(Archive& archive)` and a default constructor; return values, "
            "not pointers or views");
        return result_can_be_sent;
    } else {
        return false;
    }
}

template <auto F, class... Given, class... P>
consteval bool check_parameters(std::type_identity<Parameters<P...>> parameters) {
    constexpr bool no_argument_is_changed =
        (!(std::is_lvalue_reference_v<P> && !std::is_const_v<std::remove_reference_t<P>>)&&...);
    constexpr bool no_argument_is_an_address =
        (!(is_address<stored_t<P>> || is_reference_wrapper<std::decay_t<Given>>)&&...);
    constexpr bool no_argument_is_a_future = (!is_future<std::decay_t<Given>> && ...);
    static_assert(no_argument_is_changed,
                  "scoop: a task's parameter must not be a non-const reference (T&): the task runs on a copy of its "
                  "argument, so what it changes is lost; take it by value and return the result");
    if constexpr (no_argument_is_changed) {
        static_assert(
            no_argument_is_an_address,
            "scoop: a pointer or std::ref leads to memory of this process, and the task may run in another one: "
            "give the value itself, or scoop::share(value)");
        static_assert(no_argument_is_a_future,
                      "scoop: only scoop::submit waits for futures among its arguments: take their values first");
    }
    if constexpr (no_argument_is_changed && no_argument_is_an_address && no_argument_is_a_future) {
        constexpr bool arguments_can_be_sent = (is_serializable<stored_t<P>> && ...);
        constexpr bool arguments_fit = (is_made_from<stored_t<P>, Given> && ...);
        static_assert(arguments_can_be_sent,
                      "scoop: an argument of this task cannot be serialized: make its type a plain struct, or give it "
                      "`template <class Archive> void serialize(Archive& archive)` and a default constructor");
        if constexpr (arguments_can_be_sent) {
            static_assert(
                arguments_fit,
                "scoop: an argument cannot be converted to the type of the function's parameter: give that type "
                "(of what can only be moved: std::move(argument); the object of a member function: *this)");
        }
        if constexpr (arguments_can_be_sent && arguments_fit) return check_result<F>(parameters);
    }
    return false;
}

/// Whether F can be the function of a task that is given arguments of these types.
template <auto F, class... Given>
consteval bool check_call() {
    constexpr bool has_right_count = count_matches<F, Given...>();
    static_assert(
        has_right_count,
        "scoop: the number of arguments does not match the function's parameters: give one for each, also where it "
        "has a default, and the object of a member function first");
    if constexpr (has_right_count) {
        return check_parameters<F, Given...>(parameters_for<F, Given...>());
    } else {
        return false;
    }
}

template <auto F, class... Given>
struct CallFor {
    static constexpr bool is_possible = check_call<F, Given...>();
    using type = Call<F, typename decltype(parameters_for<F, Given...>())::type>;
};

/// The Call for F given arguments of these types, where `is_possible_call`.
template <auto F, class... Given>
using call_for = typename CallFor<F, Given...>::type;
template <auto F, class... Given>
inline constexpr bool is_possible_call = CallFor<F, Given...>::is_possible;

/// What a task of this Call returns.
template <class CallType>
using result_t = std::conditional_t<std::is_void_v<typename CallType::Raw>, void, typename CallType::Value>;

/// A callable that travels as the first argument of this function.
template <class Callable, class... P>
struct ApplyObject {
    // A copy only for one that changes itself.
    using Object = std::conditional_t<std::is_invocable_v<const Callable&, decltype(pass<P>(std::declval<P&>()))...>,
                                      const Callable&, Callable>;
    decltype(auto) operator()(Object callable, P... arguments) const {
        return std::invoke(callable, pass<P>(arguments)...);
    }
};

/// The parameter of such a function for an argument of which the callable does not say how it takes it.
template <class P>
struct DeclaredAs {
    using Type = P;
};
template <class P, class Source>
struct DeclaredAs<FromShared<P, Source>> {
    using Type = P;
};
template <class Given>
using declared_t = typename DeclaredAs<typename ParameterOf<std::decay_t<Given>>::Type>::Type;

template <class Callable, class... Given>
auto apply_object_for() {
    using S = Signature<Callable>;
    if constexpr (S::known) {
        return []<class... P>(std::type_identity<Parameters<P...>>) {
            return ApplyObject<Callable, P...>{};
        }(std::type_identity<typename S::List>{});
    } else {
        return ApplyObject<Callable, declared_t<Given>...>{};
    }
}

template <class Callable>
concept Stateless = std::is_empty_v<Callable> && std::is_default_constructible_v<Callable> && requires {
    typename std::integral_constant<bool, (Callable{}, true)>;
} && requires { []<auto>() {}.template operator()<Callable{}>(); };

/// The value form of submit, map and their relatives, made into the form with a template argument: calls
/// `continuation.template operator()<F>(callable…)`, with the callable as first argument where it has state.
template <class... Given, class Callable, class Continuation>
decltype(auto) with_function(Callable&& callable, Continuation&& continuation) {
    using Plain = std::remove_cvref_t<Callable>;
    using Decayed = std::decay_t<Callable>;
    constexpr bool is_object = !std::is_pointer_v<Decayed> && !std::is_member_pointer_v<Decayed>;
    static_assert(is_object,
                  "scoop: a function goes between the angle brackets, where other processes find it: write "
                  "scoop::submit<f>(arguments…) instead of scoop::submit(f, arguments…)");
    if constexpr (is_object && Stateless<Plain>) {
        return continuation.template operator()<Plain{}>();
    } else if constexpr (is_object) {
        constexpr bool state_can_be_sent = is_serializable<Plain>;
        static_assert(
            state_can_be_sent,
            "scoop: this callable has state that cannot travel (a lambda with captures, or a class without "
            "serialization): write a struct with the captured values as members and operator() const, or give "
            "the captured values as arguments of the task");
        if constexpr (state_can_be_sent) {
            constexpr bool is_callable = Signature<Plain>::known || std::is_invocable_v<Plain&, declared_t<Given>...>;
            static_assert(is_callable, "scoop: the first argument cannot be called with the others");
            if constexpr (is_callable) {
                constexpr auto function = decltype(apply_object_for<Plain, Given...>()){};
                return continuation.template operator()<function>(std::forward<Callable>(callable));
            }
        }
    }
}

}  // namespace scoop::detail
