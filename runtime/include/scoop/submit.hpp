// submit: one call of a function as a task.
//
// When the name between the angle brackets is overloaded no code of ours is reached, and the compiler shows the line in
// which submit is declared. So that line says what to do; map and its relatives likewise.
#pragma once

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

#include "scoop/detail/dataflow.hpp"
#include "scoop/future.hpp"
#include "scoop/task_options.hpp"

namespace scoop {

namespace detail {

template <class T>
concept Options = std::same_as<std::remove_cvref_t<T>, TaskOptions>;

/// Makes the task and queues it, or lets it wait for the futures among its arguments. `parent`: null for the task that
/// runs here. The result of a task with a name, or of a map, may be known from an earlier run.
template <auto F, class CallType, class... A>
auto submit_call(Block* parent, std::unique_ptr<KeptOptions> options, A&&... arguments) {
    using R = result_t<CallType>;
    const bool is_usual = options == nullptr;
    if constexpr ((is_awaited<A> || ...)) {
        using TaskOf = Task<F, CallType, AwaitedArguments<typename CallType::Arguments, A...>>;
        require_job();
        Block& block = TaskOf::make(std::move(options), std::forward<A>(arguments)...);
        Future<R> future = FutureAccess::make<R>(block, &TaskOf::outcome_of);
        adopt(block, parent);
        TaskOf::Place::get(block).source.start(block);
        return future;
    } else {
        using TaskOf = Task<F, CallType>;
        const bool may_be_recorded = !is_usual && options->may_be_recorded();
        Block& block = TaskOf::make(std::move(options), std::forward<A>(arguments)...);
        Future<R> future = FutureAccess::make<R>(block, &TaskOf::outcome_of);
        if (may_be_recorded && records_calls() && TaskOf::restore(block)) return future;
        if (parent == nullptr && is_usual) {
            enqueue(block);
        } else {
            enqueue(block, parent);
        }
        return future;
    }
}

/// The same, unless the compiler has to be stopped with a message.
template <auto F, class... A>
auto submit_under(Block* parent, std::unique_ptr<KeptOptions> options, A&&... arguments) {
    if constexpr (check_futures<A...>()) {
        if constexpr (is_possible_call<F, stands_for_t<A>...>)
            return submit_call<F, call_for<F, stands_for_t<A>...>>(parent, std::move(options),
                                                                   std::forward<A>(arguments)...);
    }
}

/// Splits a leading TaskOptions off.
template <auto F, class... A>
auto submit_given(Block* parent, A&&... arguments) {
    return submit_under<F>(parent, nullptr, std::forward<A>(arguments)...);
}
template <auto F, Options O, class... A>
auto submit_given(Block* parent, O&& options, A&&... arguments) {
    return submit_under<F>(parent, std::make_unique<KeptOptions>(std::forward<O>(options)),
                           std::forward<A>(arguments)...);
}

}  // namespace detail

/// Makes a task that calls F with these arguments and returns its Future<R> at once.
///
/// F is a template argument: a function, a member function (the object is the first argument), a captureless lambda or
/// a structural function object. If F has one signature each argument is converted to its decayed parameter type (a
/// std::string_view is kept as std::string, a std::span<const T> as std::vector<T>); otherwise to its own decayed type.
/// Arguments are moved in; both they and the result must be serializable, since any worker of the job may run the task.
///
/// A first argument of type TaskOptions configures the task. A Future<T>&&, a SharedFuture<T> or a vector of these
/// stands for its T (dataflow): the task starts when all of them are done; what one of them throws is then what the
/// task throws.
///
/// Throws scoop::Error when no job runs (see scoop::run) and what constructing the arguments throws.
template <auto F, class... A>
[[nodiscard]] auto submit(A&&... arguments) {  // f has overloads: scoop::overload<R(A…)>(f)
    return detail::submit_given<F>(nullptr, std::forward<A>(arguments)...);
}

/// The same for a callable that is a value: a captureless lambda, or a function object whose members can be serialized.
template <class Callable, class... A>
    requires(!detail::Options<Callable>)
[[nodiscard]] auto submit(Callable&& callable, A&&... arguments) {
    return detail::with_function<detail::stands_for_t<A>...>(
        std::forward<Callable>(callable), [&]<auto F>(auto&&... object) {
            return detail::submit_given<F>(nullptr, std::forward<decltype(object)>(object)...,
                                           std::forward<A>(arguments)...);
        });
}
template <class Callable, class... A>
[[nodiscard]] auto submit(TaskOptions options, Callable&& callable, A&&... arguments) {
    return detail::with_function<detail::stands_for_t<A>...>(
        std::forward<Callable>(callable), [&]<auto F>(auto&&... object) {
            return detail::submit_given<F>(nullptr, std::move(options), std::forward<decltype(object)>(object)...,
                                           std::forward<A>(arguments)...);
        });
}

}  // namespace scoop
