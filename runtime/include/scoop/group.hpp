// Group<R>: a growing set of tasks whose results are taken as they come.
#pragma once

#include <cstddef>
#include <exception>
#include <optional>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>

#include "scoop/completed.hpp"
#include "scoop/detail/completion_queue.hpp"
#include "scoop/submit.hpp"

namespace scoop {

/// Tasks with results of one type, for a search that submits more as it learns more. One thread or task uses a group;
/// what its tasks submit is theirs. Its destructor cancels what is not done, and does not wait.
template <class R>
class Group {
    using Value = detail::value_t<R>;

public:
    Group() = default;

    /// As scoop::submit; the position of the task in the group, from 0.
    template <auto F, class... A>
    std::size_t submit(A&&... arguments) {  // f has overloads: scoop::overload<R(A…)>(f)
        return add(detail::submit_given<F>(&scope_.block(), std::forward<A>(arguments)...));
    }
    template <class Callable, class... A>
        requires(!detail::Options<Callable>)
    std::size_t submit(Callable&& callable, A&&... arguments) {
        return detail::with_function<detail::stands_for_t<A>...>(
            std::forward<Callable>(callable), [&]<auto F>(auto&&... object) {
                return add(detail::submit_given<F>(&scope_.block(), std::forward<decltype(object)>(object)...,
                                                   std::forward<A>(arguments)...));
            });
    }
    template <class Callable, class... A>
    std::size_t submit(TaskOptions options, Callable&& callable, A&&... arguments) {
        return detail::with_function<detail::stands_for_t<A>...>(
            std::forward<Callable>(callable), [&]<auto F>(auto&&... object) {
                return add(detail::submit_given<F>(&scope_.block(), std::move(options),
                                                   std::forward<decltype(object)>(object)...,
                                                   std::forward<A>(arguments)...));
            });
    }
    /// Waits for the next task to end, in any order, and gives its outcome once; nothing when none is left.
    std::optional<Completed<R>> next(Timeout timeout = forever) {
        if (queue_.outstanding() == 0) return std::nullopt;
        const auto index = queue_.next(detail::deadline_of(timeout));
        if (!index) throw TimeoutError("scoop::Group: no task was done in time");
        auto task = tasks_.extract(*index);
        Future<R>& future = task.mapped();
        const auto rank = detail::FutureAccess::executor(future).value_or(detail::this_rank());
        std::variant<std::exception_ptr, Value> outcome;
        try {
            if constexpr (std::is_void_v<R>) {
                future.get();
                outcome.template emplace<1>();
            } else {
                outcome.template emplace<1>(future.get());
            }
        } catch (...) {
            outcome.template emplace<0>(std::current_exception());
        }
        return Completed<R>(*index, detail::host_of(rank), std::move(outcome));
    }
    /// Tasks that next() has not given yet.
    [[nodiscard]] std::size_t size() const { return queue_.outstanding(); }
    /// Ends them all: next() then gives what is left, most of it as CancelledError. Tasks submitted later are cancelled
    /// as they come.
    void cancel() { scope_.cancel(); }

private:
    std::size_t add(Future<R> future) {
        const std::size_t index = submitted_++;
        auto& kept = tasks_.emplace(index, std::move(future)).first->second;
        queue_.watch(detail::FutureAccess::block(kept), index);
        return index;
    }

    detail::Scope scope_;
    std::unordered_map<std::size_t, Future<R>> tasks_;
    detail::CompletionQueue queue_;
    std::size_t submitted_ = 0;
};

}  // namespace scoop
