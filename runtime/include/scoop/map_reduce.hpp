// map_reduce and map_scan: a function over all elements, and an operation over what it returns.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <deque>
#include <memory>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

#include "scoop/detail/map_input.hpp"
#include "scoop/detail/reduce_partials.hpp"
#include "scoop/detail/scan_stretches.hpp"
#include "scoop/map.hpp"

namespace scoop {

/// In front of the ranges of map_reduce: what the result starts with.
template <class T>
struct Initial {
    T value;
};
template <class T>
[[nodiscard]] Initial<std::decay_t<T>> initial(T&& value) {
    return {std::forward<T>(value)};
}

namespace detail {

template <class T>
inline constexpr bool is_initial = false;
template <class T>
inline constexpr bool is_initial<Initial<T>> = true;

// Elements of one part, where parts need no memory of their own.
inline constexpr std::size_t part_elements_max = stretch_elements_max;
// Parts of a range that is read once which are under way together.
inline constexpr std::size_t parts_under_way = 4;

template <class Input>
inline constexpr bool is_pulled = false;
template <class Arguments, class Cursors>
inline constexpr bool is_pulled<PulledInput<Arguments, Cursors>> = true;

/// Starts the loops over all parts, in order, with a few under way; `take(sink)` is called for each when all its
/// elements are through.
template <class Spec, class Input, class Take>
void for_each_part(Input input, Take take) {
    using State = LoopState<Spec, typename Input::Columns>;
    std::deque<LoopOwner> parts;
    std::size_t started = 0;
    const auto take_first = [&] {
        parts.front()->wait_for_all();
        take(static_cast<State&>(*parts.front().get()).sink());
        parts.pop_front();
    };
    while (auto part = input.next(is_pulled<Input> ? input.part_size(started) : part_elements_max)) {
        auto state = std::make_shared<State>(std::move(part->columns), part->offset, part->count);
        parts.emplace_back(state);
        state->start(0, part->count);
        started += part->count;
        if (parts.size() >= parts_under_way) take_first();
    }
    while (!parts.empty()) take_first();
    input.throw_if_failed();
}

/// Whether Op can combine what F makes of the elements of these arguments; says what to do otherwise, as in
/// callable.hpp.
template <auto F, auto Op, class... Given>
consteval bool check_reduction() {
    if constexpr (check_map_call<F, Given...>()) {
        using CallType = map_call<F, Given...>;
        constexpr bool returns_value = !std::is_void_v<typename CallType::Raw>;
        static_assert(returns_value, "scoop: the function of a reduction must return a value");
        if constexpr (returns_value) return check_combine<Op, typename CallType::Value>();
    }
    return false;
}
template <auto F, auto Op, class... Given>
consteval bool check_scan() {
    if constexpr (check_reduction<F, Op, Given...>()) {
        constexpr bool results_are_copyable = std::copy_constructible<typename map_call<F, Given...>::Value>;
        static_assert(results_are_copyable, "scoop::map_scan: the results must be copyable");
        return results_are_copyable;
    }
    return false;
}

template <auto F, auto Op, class R, class... Given>
R reduce(std::unique_ptr<R> result, Given&&... given) {  // g++ 12 takes an empty std::optional for uninitialized here
    using CallType = map_call<F, Given...>;
    for_each_part<ReduceSpec<F, CallType, Op>>(
        make_map_input<typename CallType::Arguments>(std::forward<Given>(given)...), [&](auto& sink) {
            R value = sink.take_value();
            if (result) {
                combine<Op, R>(*result, std::move(value));
            } else {
                result = std::make_unique<R>(std::move(value));
            }
        });
    if (!result)
        throw std::invalid_argument(
            "scoop::map_reduce: there are no elements; scoop::initial(value) as the first argument "
            "says what the result is then");
    return std::move(*result);
}

template <auto F, auto Op, class... Given>
auto reduce_given(Given&&... given) {
    if constexpr (check_reduction<F, Op, Given...>()) {
        using R = typename map_call<F, Given...>::Value;
        return reduce<F, Op, R>(nullptr, std::forward<Given>(given)...);
    }
}
template <auto F, auto Op, class T, class... Given>
auto reduce_given(Initial<T> first, Given&&... given) {
    if constexpr (check_reduction<F, Op, Given...>()) {
        using R = typename map_call<F, Given...>::Value;
        constexpr bool starts_with_result = std::is_constructible_v<R, T>;
        static_assert(starts_with_result, "scoop::initial: the value cannot be converted to what the function returns");
        if constexpr (starts_with_result)
            return reduce<F, Op, R>(std::make_unique<R>(std::move(first.value)), std::forward<Given>(given)...);
    }
}

/// One element behind what comes before its stretch.
template <auto Op, class R>
R put_in_front(R before, R value) {
    combine<Op, R>(before, std::move(value));
    return before;
}

template <auto F, auto Op, class... Given>
auto scan(Given&&... given) {
    using CallType = map_call<F, Given...>;
    using R = typename CallType::Value;
    std::vector<std::vector<R>> stretches;
    for_each_part<ScanSpec<F, CallType, Op>>(
        make_map_input<typename CallType::Arguments>(std::forward<Given>(given)...), [&](auto& sink) {
            for (auto& stretch : sink.take_stretches()) stretches.push_back(std::move(stretch.prefixes));
        });
    std::vector<R> results;
    if (stretches.empty()) return results;
    // What comes before each stretch is known as soon as the stretches are; putting it in front of their elements is
    // again work for all.
    results = std::move(stretches.front());
    R total = results.back();
    std::deque<Results<R>> finished;
    for (std::size_t i = 1; i < stretches.size(); ++i) {
        R next = stretches[i].back();
        finished.push_back(scoop::map<put_in_front<Op, R>>(scoop::fixed(total), std::move(stretches[i])));
        combine<Op, R>(total, std::move(next));
    }
    for (auto& stretch : finished)
        for (auto&& value : stretch) results.push_back(std::move(value));
    return results;
}

template <class Op>
consteval bool check_operation() {
    constexpr bool has_no_state = Stateless<std::remove_cvref_t<Op>>;
    static_assert(has_no_state,
                  "scoop: the operation of a reduction must be a lambda without captures or a function object without "
                  "members; a function goes between the angle brackets: scoop::map_reduce<f, op>(ranges…)");
    return has_no_state;
}

}  // namespace detail

/// F for each element of the zipped ranges, as map, and all results combined by Op, in the order of the elements:
/// Op is `R(R, R)` or `void(R&, R&&)`, R being F's result; it gets rvalues, must be associative, and need not be
/// commutative. Results are combined where they are made; one value for each message travels. Waits.
///
/// `scoop::initial(value)` before the ranges: the value the result starts with, and the result if there are no
/// elements; without it std::invalid_argument is thrown then. Throws what the first element in input order throws; the
/// rest is cancelled.
template <auto F, auto Op, class... Ranges>
auto map_reduce(Ranges&&... ranges) {  // f has overloads: scoop::overload<R(A…)>(f)
    if constexpr (detail::check_no_options<Ranges...>())
        return detail::reduce_given<F, Op>(std::forward<Ranges>(ranges)...);
}
/// The same for callables that are values: `op` must have no state.
template <class Callable, class Op, class First, class... Ranges>
auto map_reduce(Callable&& callable, Op&&, First&& first, Ranges&&... ranges) {
    using Operation = std::remove_cvref_t<Op>;
    if constexpr (!detail::check_no_options<Callable, Op, First, Ranges...>()) {
        return;
    } else if constexpr (!detail::check_operation<Op>()) {
        return;
    } else if constexpr (detail::is_initial<std::remove_cvref_t<First>>) {
        return detail::map_with_function(
            std::forward<Callable>(callable),
            [&]<auto F>(auto&&... given) {
                return detail::reduce_given<F, Operation{}>(std::forward<First>(first),
                                                            std::forward<decltype(given)>(given)...);
            },
            std::forward<Ranges>(ranges)...);
    } else {
        return detail::map_with_function(
            std::forward<Callable>(callable),
            []<auto F>(auto&&... given) {
                return detail::reduce_given<F, Operation{}>(std::forward<decltype(given)>(given)...);
            },
            std::forward<First>(first), std::forward<Ranges>(ranges)...);
    }
}

/// All prefixes of such a reduction: element k of the result is F's results 0 to k combined. Empty gives empty. Squares
/// (F) of 10, 20, 30 summed (Op) give 100, 500, 1400. Op and exceptions as for map_reduce. Waits.
template <auto F, auto Op, class... Ranges>
auto map_scan(Ranges&&... ranges) {  // f has overloads: scoop::overload<R(A…)>(f)
    if constexpr (detail::check_no_options<Ranges...>()) {
        if constexpr (detail::check_scan<F, Op, Ranges...>())
            return detail::scan<F, Op>(std::forward<Ranges>(ranges)...);
    }
}
template <class Callable, class Op, class First, class... Ranges>
auto map_scan(Callable&& callable, Op&&, First&& first, Ranges&&... ranges) {
    if constexpr (!detail::check_no_options<Callable, Op, First, Ranges...>()) {
        return;
    } else if constexpr (detail::check_operation<Op>()) {
        return detail::map_with_function(
            std::forward<Callable>(callable),
            []<auto F>(auto&&... given) {
                return scoop::map_scan<F, std::remove_cvref_t<Op>{}>(std::forward<decltype(given)>(given)...);
            },
            std::forward<First>(first), std::forward<Ranges>(ranges)...);
    }
}

}  // namespace scoop
