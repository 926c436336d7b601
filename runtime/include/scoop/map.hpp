// map and map_as_completed: one call of a function for each element of its ranges.
#pragma once

#include <concepts>
#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "scoop/completed.hpp"
#include "scoop/detail/map_source.hpp"
#include "scoop/task_options.hpp"
#include "scoop/timeout.hpp"

namespace scoop {

namespace detail {
struct MapAccess;
}

/// The results of a map in the order of its input: an input range, read once, on one thread. `*it` gives the value as
/// R&& or throws what that element threw; `++it` never throws, so a loop may go on after a failed element. Reading
/// waits for the element. Destroying it cancels what has not started and waits for elements that read the input at that
/// moment.
template <class R>
class [[nodiscard]] Results {
    using Value = detail::value_t<R>;

public:
    class iterator {
    public:
        using value_type = Value;
        using difference_type = std::ptrdiff_t;
        using iterator_concept = std::input_iterator_tag;

        iterator() = default;
        std::conditional_t<std::is_void_v<R>, void, Value&&> operator*() const {
            if (!results_->current_.has_value()) results_->current_.emplace(results_->source_->take(position_));
            if constexpr (!std::is_void_v<R>) return std::move(*results_->current_);
        }
        iterator& operator++() {
            ++position_;
            results_->current_.reset();
            return *this;
        }
        void operator++(int) { ++*this; }
        friend bool operator==(const iterator& i, std::default_sentinel_t) { return i.is_at_end(); }

    private:
        friend class Results;
        explicit iterator(Results& results) : results_(&results) {}
        [[nodiscard]] bool is_at_end() const {
            return results_ == nullptr || results_->source_ == nullptr || !results_->source_->has(position_);
        }
        Results* results_ = nullptr;
        std::size_t position_ = 0;
    };

    [[nodiscard]] iterator begin() { return iterator(*this); }
    [[nodiscard]] std::default_sentinel_t end() const { return {}; }

    /// Waits for all results; throws what the first failed element threw. Void functions give nothing.
    auto collect() {
        if constexpr (std::is_void_v<R>) {
            for (std::size_t i = 0; source_ != nullptr && source_->has(i); ++i) source_->take(i);
        } else {
            std::vector<Value> values;
            for (std::size_t i = 0; source_ != nullptr && source_->has(i); ++i) values.push_back(source_->take(i));
            return values;
        }
    }

private:
    explicit Results(std::unique_ptr<detail::MapSource<Value>> source) : source_(std::move(source)) {}

    std::unique_ptr<detail::MapSource<Value>> source_;
    std::optional<Value> current_;

    friend struct detail::MapAccess;
};

/// The elements of a map as they finish: an input range of Completed<R>&, read once, on one thread. Reading waits, and
/// throws TimeoutError if no element is done within the time given to within(). Destroying it is as for Results.
template <class R>
class [[nodiscard]] CompletedResults {
    using Value = detail::value_t<R>;

public:
    class iterator {
    public:
        using value_type = Completed<R>;
        using difference_type = std::ptrdiff_t;
        using iterator_concept = std::input_iterator_tag;

        iterator() = default;
        Completed<R>& operator*() const { return *results_->current_; }
        Completed<R>* operator->() const { return &*results_->current_; }
        iterator& operator++() {
            results_->advance();
            return *this;
        }
        void operator++(int) { ++*this; }
        friend bool operator==(const iterator& i, std::default_sentinel_t) { return i.is_at_end(); }

    private:
        friend class CompletedResults;
        explicit iterator(CompletedResults& results) : results_(&results) {}
        [[nodiscard]] bool is_at_end() const { return results_ == nullptr || !results_->current_.has_value(); }
        CompletedResults* results_ = nullptr;
    };

    /// Waits for the first element.
    [[nodiscard]] iterator begin() {
        if (!std::exchange(has_begun_, true)) advance();
        return iterator(*this);
    }
    [[nodiscard]] std::default_sentinel_t end() const { return {}; }
    /// Limits each wait for an element from now on.
    CompletedResults& within(Timeout timeout) {
        timeout_ = timeout;
        return *this;
    }

private:
    explicit CompletedResults(std::unique_ptr<detail::MapSource<Value>> source) : source_(std::move(source)) {}
    void advance() {
        current_.reset();
        if (auto element = source_->take_finished(detail::deadline_of(timeout_)))
            current_.emplace(element->index, detail::host_of(element->rank), std::move(element->outcome));
    }

    std::unique_ptr<detail::MapSource<Value>> source_;
    std::optional<Completed<R>> current_;
    Timeout timeout_ = forever;
    bool has_begun_ = false;

    friend struct detail::MapAccess;
};

namespace detail {

struct MapAccess {
    template <auto F, class... Given>
    static auto source(ReadBy read_by, Given&&... given) {
        using CallType = map_call<F, Given...>;
        auto input = make_map_input<typename CallType::Arguments>(std::forward<Given>(given)...);
        using Source = LoopSource<F, CallType, decltype(input)>;
        return std::unique_ptr<MapSource<typename CallType::Value>>(
            std::make_unique<Source>(std::move(input), read_by));
    }
    template <auto F, Options O, class... Given>
    static auto source(ReadBy, O&& options, Given&&... given) {
        using CallType = map_call<F, Given...>;
        require_valid<typename CallType::Arguments>(options);
        auto input = make_map_input<typename CallType::Arguments>(std::forward<Given>(given)...);
        using Source = TaskSource<F, CallType, decltype(input)>;
        return std::unique_ptr<MapSource<typename CallType::Value>>(
            std::make_unique<Source>(std::move(input), std::forward<O>(options)));
    }
    template <auto F, class... Given>
    struct Checked {
        static constexpr bool is_possible = check_map_call<F, Given...>();
    };
    template <auto F, Options O, class... Given>
    struct Checked<F, O, Given...> : Checked<F, Given...> {};
    template <auto F, class... Given>
    struct ResultOf {
        using Type = result_t<map_call<F, Given...>>;
    };
    template <auto F, Options O, class... Given>
    struct ResultOf<F, O, Given...> : ResultOf<F, Given...> {};

    template <auto F, class... Given>
    static auto in_order(Given&&... given) {
        if constexpr (Checked<F, Given...>::is_possible)
            return Results<typename ResultOf<F, Given...>::Type>(
                source<F>(ReadBy::position, std::forward<Given>(given)...));
    }
    template <auto F, class... Given>
    static auto as_completed(Given&&... given) {
        if constexpr (Checked<F, Given...>::is_possible)
            return CompletedResults<typename ResultOf<F, Given...>::Type>(
                source<F>(ReadBy::completion, std::forward<Given>(given)...));
    }
};

/// Calls `continuation.operator()<F>(ranges…)` for a callable given as a value.
template <class Callable, class Continuation, class... Given>
auto map_with_function(Callable&& callable, Continuation continuation, Given&&... given) {
    if constexpr (check_map_arguments<Given...>()) {
        return [&]<class... Element>(std::type_identity<std::tuple<Element...>>) {
            return with_function<Element...>(std::forward<Callable>(callable), [&]<auto F>(auto&&... object) {
                return continuation.template operator()<F>(scoop::fixed(std::forward<decltype(object)>(object))...,
                                                           std::forward<Given>(given)...);
            });
        }(std::type_identity<elements_t<Given...>>{});
    }
}

}  // namespace detail

/// Calls F once for each element of the zipped ranges (the shortest ends it) and starts at once; returns Results<R>.
///
/// `scoop::range(n)`, `scoop::fixed(value)`, `scoop::product(…)` and a Shared range are of their own kind; any other
/// input range will do. Random-access ranges given as lvalues are read where they lie and must outlive the Results;
/// element k may change once result k was delivered; rvalues are kept. Other ranges, generators without an end
/// included, are read on the thread that reads the results, a bounded number of elements ahead; so are random-access
/// ranges of more than two million elements. What such a range throws when it is read ends the input: it is thrown to
/// the reader, behind the results of the elements before. Elements run on any worker, in no particular order. Arguments
/// and results as for submit.
///
/// A first argument of type TaskOptions holds for each call by itself, which is then a task of its own.
///
/// Throws scoop::Error when no job runs.
template <auto F, class... Ranges>
    requires(!detail::Options<Ranges> && ...)
[[nodiscard]] auto map(Ranges&&... ranges) {  // f has overloads: scoop::overload<R(A…)>(f)
    return detail::MapAccess::in_order<F>(std::forward<Ranges>(ranges)...);
}
template <auto F, class... Ranges>
[[nodiscard]] auto map(TaskOptions options, Ranges&&... ranges) {
    return detail::MapAccess::in_order<F>(std::move(options), std::forward<Ranges>(ranges)...);
}
/// The same for a callable that is a value, as for submit.
template <class Callable, class... Ranges>
    requires(!detail::Options<Callable>)
[[nodiscard]] auto map(Callable&& callable, Ranges&&... ranges) {
    return detail::map_with_function(
        std::forward<Callable>(callable),
        []<auto F>(auto&&... given) { return detail::MapAccess::in_order<F>(std::forward<decltype(given)>(given)...); },
        std::forward<Ranges>(ranges)...);
}
template <class Callable, class... Ranges>
[[nodiscard]] auto map(TaskOptions options, Callable&& callable, Ranges&&... ranges) {
    return detail::map_with_function(
        std::forward<Callable>(callable),
        [&]<auto F>(auto&&... given) {
            return detail::MapAccess::in_order<F>(std::move(options), std::forward<decltype(given)>(given)...);
        },
        std::forward<Ranges>(ranges)...);
}

/// map whose results are read as they finish; each says which element it is and which host ran it.
template <auto F, class... Ranges>
    requires(!detail::Options<Ranges> && ...)
[[nodiscard]] auto map_as_completed(Ranges&&... ranges) {  // f has overloads: scoop::overload<R(A…)>(f)
    return detail::MapAccess::as_completed<F>(std::forward<Ranges>(ranges)...);
}
template <auto F, class... Ranges>
[[nodiscard]] auto map_as_completed(TaskOptions options, Ranges&&... ranges) {
    return detail::MapAccess::as_completed<F>(std::move(options), std::forward<Ranges>(ranges)...);
}
template <class Callable, class... Ranges>
    requires(!detail::Options<Callable>)
[[nodiscard]] auto map_as_completed(Callable&& callable, Ranges&&... ranges) {
    return detail::map_with_function(
        std::forward<Callable>(callable),
        []<auto F>(auto&&... given) {
            return detail::MapAccess::as_completed<F>(std::forward<decltype(given)>(given)...);
        },
        std::forward<Ranges>(ranges)...);
}
template <class Callable, class... Ranges>
[[nodiscard]] auto map_as_completed(TaskOptions options, Callable&& callable, Ranges&&... ranges) {
    return detail::map_with_function(
        std::forward<Callable>(callable),
        [&]<auto F>(auto&&... given) {
            return detail::MapAccess::as_completed<F>(std::move(options), std::forward<decltype(given)>(given)...);
        },
        std::forward<Ranges>(ranges)...);
}

}  // namespace scoop
