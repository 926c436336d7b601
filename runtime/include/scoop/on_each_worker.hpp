// on_each_worker: one call in every worker. on_worker_start: one call before a worker's first task.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include "scoop/future.hpp"
#include "scoop/submit.hpp"
#include "scoop/topology.hpp"

namespace scoop {

namespace detail {

void add_start_function(void (*function)());

template <auto F, class CallType, class... A>
auto call_each(const A&... arguments) {
    using R = result_t<CallType>;
    using TaskOf = Task<F, CallType>;
    require_job();
    std::vector<Future<R>> futures;
    for (const std::uint32_t rank : all_ranks()) {
        Block& block = TaskOf::make(nullptr, arguments...);
        futures.push_back(FutureAccess::make<R>(block, &TaskOf::outcome_of));
        enqueue_on(block, rank);
    }
    if constexpr (std::is_void_v<R>) {
        for (auto& future : futures) future.get();
    } else {
        std::vector<R> results;
        results.reserve(futures.size());
        for (auto& future : futures) results.push_back(future.get());
        return results;
    }
}

template <auto F, class... A>
auto call_on_each_worker(const A&... arguments) {
    if constexpr (check_no_options<A...>()) {
        if constexpr (is_possible_call<F, const A&...>) return call_each<F, call_for<F, const A&...>>(arguments...);
    }
}

}  // namespace detail

/// Calls F once in every worker of the job, the root included, and waits for all; the results in the order of ranks, or
/// nothing for a void F. A worker runs it between its tasks, or while one of them waits. Throws what the first of them,
/// in the order of ranks, threw; WorkerLost for a worker that died. A host that joins meanwhile is asked the next time.
template <auto F, class... A>
auto on_each_worker(const A&... arguments) {  // f has overloads: scoop::overload<R(A…)>(f)
    return detail::call_on_each_worker<F>(arguments...);
}
/// The same for a callable that is a value, as for submit.
template <class Callable, class... A>
auto on_each_worker(const Callable& callable, const A&... arguments) {
    if constexpr (detail::check_no_options<Callable, A...>()) {
        return detail::with_function<const A&...>(callable, [&]<auto F>(const auto&... object) {
            return detail::call_on_each_worker<F>(object..., arguments...);
        });
    }
}

/// Before `run`: from now on each process that becomes a worker (the root, respawned and joining ones too) calls F once
/// before its first task. If it throws, the process ends with a message and status 1.
template <auto F>
void on_worker_start() {
    constexpr bool is_callable = std::is_invocable_v<decltype(F)>;
    static_assert(is_callable, "scoop::on_worker_start: the function must be callable without arguments");
    if constexpr (is_callable) detail::add_start_function([] { F(); });
}

}  // namespace scoop
