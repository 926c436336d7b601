// ReducePartials: the results of a reduction: what the operation made of neighbouring elements; the Sink of a loop
// (loop_state.hpp). Neighbours are joined as soon as both are there, so the tree has the shape of how the work was
// spread.
#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "scoop/detail/exception_codec.hpp"
#include "scoop/detail/loop_state.hpp"

namespace scoop::detail {

/// Whether Op has one of the two forms; says what to do otherwise.
template <auto Op, class R>
consteval bool check_combine() {
    constexpr bool combines_results = [] {
        if constexpr (std::invocable<decltype(Op), R, R>)
            return std::is_assignable_v<R&, std::invoke_result_t<decltype(Op), R, R>>;
        return std::invocable<decltype(Op), R&, R>;
    }();
    static_assert(
        combines_results,
        "scoop: the operation must be callable as R(R, R) or as void(R&, R&&), R being what the function returns");
    return combines_results;
}

/// left = left Op right, with an Op of either form: R(R, R) or void(R&, R&&).
template <auto Op, class R>
void combine(R& left, R&& right) {
    if constexpr (std::invocable<decltype(Op), R, R>) {
        left = std::invoke(Op, std::move(left), std::move(right));
    } else {
        std::invoke(Op, left, std::move(right));
    }
}

template <class R, auto Op>
class ReducePartials : public SentWhole<ReducePartials<R, Op>> {
public:
    static constexpr auto publishes = Loop::Publishes::stretches;

    /// What all elements came to; or the first that threw, and what.
    struct Wire {
        std::optional<R> value;
        std::uint64_t error_at = 0;
        std::string error;
        template <class Archive>
        void serialize(Archive& archive) {
            archive(value, error_at, error);
        }
    };

    class Run {
    public:
        Run(ReducePartials& partials, std::size_t begin) : partials_(partials), begin_(begin) {}
        template <class Callable>
        void element(std::size_t i, Callable call) {
            if (i > partials_.limit()) return;
            try {
                R value = call();
                if (value_) {
                    combine<Op, R>(*value_, std::move(value));
                } else {
                    value_.emplace(std::move(value));
                }
            } catch (...) {
                partials_.keep_error(i, std::current_exception());
            }
        }
        void end(std::size_t i) {
            if (i > begin_) partials_.add(begin_, i, std::move(value_));
        }

    private:
        ReducePartials& partials_;
        const std::size_t begin_;
        std::optional<R> value_;
    };

    ReducePartials(LoopProgress& progress, std::size_t) : progress_(progress) {}

    /// Elements behind this one are of no use: it has thrown.
    [[nodiscard]] std::size_t limit() const { return limit_.load(std::memory_order_relaxed); }

    void fail(std::size_t begin, std::size_t, const std::exception_ptr& error) { keep_error(begin, error); }
    /// When all elements are through: what they came to; throws what the first of them threw.
    R take_value() {
        if (limit() != none) std::rethrow_exception(progress_.error(limit()));
        return *std::move(done_.begin()->second.value);
    }
    [[nodiscard]] Wire take() {
        if (limit() == none) return {std::move(done_.begin()->second.value), 0, {}};
        return {std::nullopt, limit(), encode_exception(progress_.error(limit()), this_host(), this_rank())};
    }
    void place(std::size_t begin, std::size_t end, Wire wire) {
        if (wire.value) {
            add(begin, end, std::move(wire.value));
        } else if (wire.error_at < end - begin) {
            keep_error(begin + wire.error_at, decode_exception(wire.error));
        } else {
            throw SerializationError("scoop: a worker answered a reduction without a result");
        }
    }

private:
    struct Partial {
        std::size_t end = 0;
        std::optional<R> value;
    };
    static constexpr std::size_t none = static_cast<std::size_t>(-1);

    void keep_error(std::size_t i, const std::exception_ptr& error) {
        progress_.keep_error(i, error);
        std::size_t before = limit();
        while (i < before && !limit_.compare_exchange_weak(before, i)) {
        }
    }

    // Joins it with its neighbours, outside the lock: the operation is the user's. What is being joined is in nobody
    // else's reach, and its elements are not published before this returns.
    void add(std::size_t begin, std::size_t end, std::optional<R> value) {
        if (!value || limit() != none) return;
        std::unique_lock lock(mutex_);
        for (;;) {
            auto right = done_.lower_bound(begin);
            if (right != done_.begin() && std::prev(right)->second.end == begin) {
                auto left = done_.extract(std::prev(right));
                lock.unlock();
                if (!join(left.key(), *left.mapped().value, std::move(*value))) return;
                begin = left.key();
                value = std::move(left.mapped().value);
            } else if (right != done_.end() && right->first == end) {
                auto next = done_.extract(right);
                lock.unlock();
                if (!join(begin, *value, std::move(*next.mapped().value))) return;
                end = next.mapped().end;
            } else {
                done_.emplace(begin, Partial{end, std::move(value)});
                return;
            }
            lock.lock();
        }
    }
    bool join(std::size_t begin, R& left, R&& right) {
        try {
            combine<Op, R>(left, std::move(right));
            return true;
        } catch (...) {
            keep_error(begin, std::current_exception());
            return false;
        }
    }

    LoopProgress& progress_;
    std::atomic<std::size_t> limit_{none};
    std::mutex mutex_;
    std::map<std::size_t, Partial> done_;  // by the first element; neighbours are joined
};

template <auto Op>
struct ReduceKind {
    static std::string text() { return "reduce by " + function_name<Op>().name; }
};
template <auto F, class CallType, auto Op>
using ReduceSpec = LoopSpec<F, CallType, ReducePartials<typename CallType::Value, Op>, ReduceKind<Op>>;

}  // namespace scoop::detail
