// Dataflow: arguments that are futures. The task waits, created but not queued, until all of them are done; then their
// values become its arguments where it is run or written for another worker. A failure becomes the task's own.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "scoop/future.hpp"

namespace scoop::detail {

/// What an argument of type Given stands for: T for a future of T, a vector of T for a vector of them, else itself.
template <class Given>
struct GivenTraits {
    static constexpr bool is_awaited = false;
    using Type = Given;
};
template <AnyFuture Given>
struct GivenTraits<Given> {
    static constexpr bool is_awaited = true;
    using Type = value_t<typename FutureTraits<Given>::Result>;
};
template <AnyFuture Element, class Allocator>
struct GivenTraits<std::vector<Element, Allocator>> {
    static constexpr bool is_awaited = true;
    using Type = std::vector<value_t<typename FutureTraits<Element>::Result>>;
};

template <class Given>
inline constexpr bool is_awaited = GivenTraits<std::remove_cvref_t<Given>>::is_awaited;

/// An lvalue Future, or a vector with Futures, where only moving makes sense.
template <class Given>
inline constexpr bool is_future_left_behind = false;
template <class R>
inline constexpr bool is_future_left_behind<Future<R>&> = true;
template <class R>
inline constexpr bool is_future_left_behind<const Future<R>&> = true;
template <class R, class Allocator>
inline constexpr bool is_future_left_behind<std::vector<Future<R>, Allocator>&> = true;
template <class R, class Allocator>
inline constexpr bool is_future_left_behind<const std::vector<Future<R>, Allocator>&> = true;

/// What submit's argument `Given` (a forwarding reference's type) is for the function.
template <class Given>
using stands_for_t =
    std::conditional_t<is_awaited<Given>, typename GivenTraits<std::remove_cvref_t<Given>>::Type, Given>;

/// Whether the task can take the futures among these arguments; says what to do otherwise.
template <class... Given>
consteval bool check_futures() {
    constexpr bool futures_are_moved = (!is_future_left_behind<Given> && ...);
    static_assert(
        futures_are_moved,
        "scoop: a future that is an argument is used up by it: write std::move(future), or share it first with "
        "auto shared = future.share()");
    return futures_are_moved;
}

/// Counts the futures that are not done; the last one queues the task.
class Gate {
public:
    /// The waiting task is adopted (see adopt). Counts itself once, until open().
    explicit Gate(Block& waiting) : waiting_(waiting) {}

    void wait_for(Block& block) {
        auto& dependency = *dependencies_.emplace_back(std::make_unique<Dependency>());
        dependency.gate = this;
        dependency.gated = &waiting_;
        dependency.notify = [](Waiter& self) noexcept { static_cast<Dependency&>(self).gate->arrive(); };
        missing_.fetch_add(1, std::memory_order_relaxed);
        if (!add_waiter(block, dependency)) missing_.fetch_sub(1, std::memory_order_relaxed);
    }
    /// All dependencies are named. The task may run at once, and end with this object.
    void open() { arrive(); }

private:
    struct Dependency : Waiter {
        Gate* gate = nullptr;
    };
    void arrive() noexcept {
        if (missing_.fetch_sub(1, std::memory_order_acq_rel) == 1) enqueue_adopted(waiting_);
    }

    Block& waiting_;
    std::atomic<std::size_t> missing_{1};
    std::vector<std::unique_ptr<Dependency>> dependencies_;
};

/// An argument as it was given, converted only if it is no future.
template <class Stored, class Given>
class Input {
public:
    explicit Input(Given given) : given_(stored_from<Stored>(std::forward<Given>(given))) {}
    void name_dependencies(Gate&) {}
    Stored take() { return std::move(given_); }

private:
    Stored given_;
};
template <class Stored, AnyFuture Given>
class Input<Stored, Given> {
public:
    explicit Input(std::remove_cvref_t<Given> given) : given_(std::move(given)) {}
    void name_dependencies(Gate& gate) { gate.wait_for(FutureAccess::block(given_)); }
    Stored take() { return stored_from<Stored>(given_.get()); }

private:
    std::remove_cvref_t<Given> given_;
};
template <class Stored, class Given>
    requires(is_awaited<Given> && !AnyFuture<Given>)
class Input<Stored, Given> {
public:
    explicit Input(std::remove_cvref_t<Given> given) : given_(std::move(given)) {}
    void name_dependencies(Gate& gate) {
        for (const auto& future : given_) gate.wait_for(FutureAccess::block(future));
    }
    Stored take() {
        typename GivenTraits<std::remove_cvref_t<Given>>::Type values;
        values.reserve(given_.size());
        for (auto& future : given_) values.push_back(future.get());
        return stored_from<Stored>(std::move(values));
    }

private:
    std::remove_cvref_t<Given> given_;
};

/// Arguments some of which are futures, as the Source of a Task.
template <class Arguments, class... Given>
class AwaitedArguments;
template <class... Stored, class... Given>
class AwaitedArguments<std::tuple<Stored...>, Given...> {
public:
    explicit AwaitedArguments(std::in_place_t, Given&&... given)
        : inputs_(std::make_unique<std::tuple<Input<Stored, Given>...>>(std::forward<Given>(given)...)) {}

    /// Queues the task when everything is there. The caller does not touch the task any more.
    void start(Block& waiting) {
        gate_ = std::make_unique<Gate>(waiting);
        Gate& gate = *gate_;
        std::apply([&](auto&... input) { (input.name_dependencies(gate), ...); }, *inputs_);
        gate.open();
    }
    /// Throws what one of the futures throws.
    [[nodiscard]] std::tuple<Stored...>& get() {
        if (!arguments_) {
            arguments_.emplace(
                std::apply([](auto&... input) { return std::tuple<Stored...>{input.take()...}; }, *inputs_));
            inputs_.reset();
        }
        return *arguments_;
    }
    void reset() {
        arguments_.reset();
        inputs_.reset();
    }

private:
    std::unique_ptr<std::tuple<Input<Stored, Given>...>> inputs_;
    std::unique_ptr<Gate> gate_;
    std::optional<std::tuple<Stored...>> arguments_;
};

}  // namespace scoop::detail
