// Task: arguments and outcome of one call inside its block, and the entry of its function in the table.
#pragma once

#include <chrono>
#include <concepts>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <variant>

#include "scoop/detail/block.hpp"
#include "scoop/detail/call_times.hpp"
#include "scoop/detail/callable.hpp"
#include "scoop/detail/function_identity.hpp"
#include "scoop/detail/recorded.hpp"
#include "scoop/detail/runtime.hpp"
#include "scoop/error.hpp"
#include "scoop/task_options.hpp"

namespace scoop::detail {

template <auto F, class CallType>
FunctionEntry make_function_entry(FunctionEntry::Execute execute) {
    const FunctionIdentity& identity = function_identity<F, typename CallType::Function>();
    return {identity.hash, identity.name, identity.signature, identity.is_closure, execute};
}

/// Registers F with this parameter list before main, in every program that contains a call of it.
template <auto F, class CallType>
struct Registered {
    static void execute(std::string_view bytes, ByteSink& result, PartSink&) {
        auto arguments = deserialize_from<typename CallType::Arguments>(bytes);
        serialize_into(result, CallType::invoke(arguments), SharedAs::value);
    }
    // One variable is made by the other: a template's static members are initialized in no certain order.
    static const FunctionEntry& entry() {
        static const FunctionEntry made = make_function_entry<F, CallType>(&execute);
        return made;
    }
    static inline const bool is_registered = register_function(entry());
};

struct NoOutcome {};

/// How a task ended: not yet (or its value was taken), with a value, with an exception, or elsewhere (decoded when
/// asked for).
template <class Value>
using Outcome = std::variant<NoOutcome, Value, std::exception_ptr, RemoteAnswer>;

/// Takes the value out or throws what the task threw.
template <class Value>
Value take(Outcome<Value>& outcome, const Block& block) {
    if (auto* error = std::get_if<std::exception_ptr>(&outcome)) std::rethrow_exception(*error);
    if (auto* answer = std::get_if<RemoteAnswer>(&outcome)) {
        throw_unless_value(*answer, block.type->name(block));
        const RemoteAnswer taken = std::move(*answer);
        outcome.template emplace<NoOutcome>();
        return deserialize_from<Value>(taken.payload.view());
    }
    auto* value = std::get_if<Value>(&outcome);
    if (value == nullptr) throw Error("scoop: the result of this task was taken already, by a callback of its future");
    Value taken = std::move(*value);
    outcome.template emplace<NoOutcome>();
    return taken;
}

/// What the task threw, decoded and kept; null if it did not throw.
template <class Value>
std::exception_ptr exception_of(Outcome<Value>& outcome, const Block& block) {
    if (auto* answer = std::get_if<RemoteAnswer>(&outcome)) {
        try {
            throw_unless_value(*answer, block.type->name(block));
        } catch (...) {
            outcome.template emplace<std::exception_ptr>(std::current_exception());
        }
    }
    auto* error = std::get_if<std::exception_ptr>(&outcome);
    return error == nullptr ? nullptr : *error;
}

template <class Value>
bool has_failed(const Outcome<Value>& outcome) {
    const auto* answer = std::get_if<RemoteAnswer>(&outcome);
    return std::holds_alternative<std::exception_ptr>(outcome) ||
           (answer != nullptr && answer->outcome != RemoteOutcome::value);
}

/// What was said of a task, and what follows from it.
struct KeptOptions : TaskOptions {
    explicit KeptOptions(TaskOptions options) : TaskOptions(std::move(options)) {}
    bool is_of_map = false;
    CallKey key = {};                       ///< its result is to be recorded under this
    std::shared_ptr<CallTimes> times = {};  ///< if it is speculative: those of its call, shared by its tasks
    /// Of all tasks that the program submits.
    [[nodiscard]] bool may_be_recorded() const { return is_of_map || !name.empty(); }
};

/// For the wire. What does not fit is refused by require_valid.
[[nodiscard]] inline TaskLimits limits_of(const KeptOptions& options) {
    const auto milliseconds = [](Timeout time) {
        return static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::milliseconds>(time).count());
    };
    return {static_cast<std::int8_t>(options.priority),
            options.retries,
            milliseconds(options.timeout),
            milliseconds(options.kill_after),
            options.needs.empty() ? 0 : tag_mask(options.needs),
            options.times};
}

template <class Arguments>
void require_valid(const TaskOptions& options) {
    if (options.priority < -128 || options.priority > 127)
        throw std::invalid_argument("scoop::TaskOptions: the priority must be from -128 to 127");
    if (!(options.timeout >= Timeout::zero() && options.timeout < std::chrono::hours(24 * 49)))
        throw std::invalid_argument("scoop::TaskOptions: the timeout must be from 0 (none) to 49 days");
    if (!(options.kill_after >= Timeout::zero() && options.kill_after < std::chrono::hours(24 * 49)))
        throw std::invalid_argument("scoop::TaskOptions: kill_after must be from 0 (never) to 49 days");
    if (options.kill_after > Timeout::zero() && options.timeout == Timeout::zero())
        throw std::invalid_argument(
            "scoop::TaskOptions: kill_after counts from the end of the timeout, and there is none");
    require_tags(options.needs);
    if (options.retries > 0 && !std::copy_constructible<Arguments>)
        throw std::invalid_argument("scoop::TaskOptions: a task whose arguments cannot be copied cannot be retried");
}

/// Places objects of one type into blocks: inside when they fit, else on the heap.
template <class Object>
struct InBlock {
    static constexpr bool fits = sizeof(Object) <= storage_bytes(BlockSize::large) && alignof(Object) <= alignof(Block);
    static constexpr std::size_t stored_bytes = fits ? sizeof(Object) : sizeof(Object*);
    static constexpr BlockSize size = stored_bytes <= storage_bytes(BlockSize::small)    ? BlockSize::small
                                      : stored_bytes <= storage_bytes(BlockSize::medium) ? BlockSize::medium
                                                                                         : BlockSize::large;

    [[nodiscard]] static Block& allocate() { return allocate_block(size); }
    template <class... A>
    static void construct(Block& block, A&&... arguments) {
        if constexpr (fits) {
            ::new (block.storage()) Object{std::forward<A>(arguments)...};
        } else {
            ::new (block.storage()) Object*(new Object{std::forward<A>(arguments)...});
        }
    }
    static Object& get(Block& block) noexcept {
        if constexpr (fits) {
            return *std::launder(static_cast<Object*>(block.storage()));
        } else {
            return **std::launder(static_cast<Object**>(block.storage()));
        }
    }
    static void destroy(Block& block) noexcept {
        if constexpr (fits) {
            get(block).~Object();
        } else {
            delete &get(block);
        }
    }
};

/// The argument as it is stored: converted, or, for a span, copied element by element.
template <class Stored, class Given>
Stored stored_from(Given&& given) {
    if constexpr (!std::is_constructible_v<Stored, Given> && std::ranges::range<Given>) {
        return Stored(std::ranges::begin(given), std::ranges::end(given));
    } else {
        return Stored(std::forward<Given>(given));
    }
}

/// Arguments that were given as values: at hand from the start.
template <class Arguments>
class GivenArguments;
template <class... Stored>
class GivenArguments<std::tuple<Stored...>> {
public:
    template <class... A>
    explicit GivenArguments(std::in_place_t, A&&... given)
        : arguments_(std::in_place, stored_from<Stored>(std::forward<A>(given))...) {}
    [[nodiscard]] std::tuple<Stored...>& get() { return *arguments_; }
    void reset() { arguments_.reset(); }

private:
    std::optional<std::tuple<Stored...>> arguments_;
};

/// A call of a registered function. The arguments stay until the result is in: they are needed again when the worker
/// that runs the task dies. `Source` makes them: at hand (GivenArguments) or awaited (dataflow.hpp).
template <auto F, class CallType, class Source = GivenArguments<typename CallType::Arguments>>
struct Task {
    using Value = typename CallType::Value;
    using Arguments = typename CallType::Arguments;
    using Place = InBlock<Task>;

    Source source;
    Outcome<Value> outcome;
    std::unique_ptr<KeptOptions> options;  ///< null: the usual ones

    static void run(Block& block) noexcept {
        Task& self = Place::get(block);
        if (self.options == nullptr) {
            self.try_once();
        } else {
            self.run_timed(block);
            self.record(block);
        }
        self.source.reset();
        complete(block);
    }
    static void write_arguments(Block& block, ByteSink& sink) { serialize_into(sink, Place::get(block).source.get()); }
    static void accept(Block& block, RemoteAnswer&& answer) noexcept {
        Task& self = Place::get(block);
        if (answer.outcome == RemoteOutcome::timed_out) note_timed_out(block);
        if (self.options != nullptr && self.options->key && answer.outcome == RemoteOutcome::value)
            record_result(self.options->key, answer.payload.view());
        self.outcome.template emplace<RemoteAnswer>(std::move(answer));
        self.source.reset();
        complete(block);
    }
    static void fail(Block& block) noexcept {
        Place::get(block).outcome.template emplace<std::exception_ptr>(std::current_exception());
        complete(block);
    }
    static std::uint64_t function(const Block&) noexcept { return Registered<F, CallType>::entry().hash; }
    static std::string_view name(const Block& block) noexcept {
        const Task& self = Place::get(const_cast<Block&>(block));
        if (self.options != nullptr && !self.options->name.empty()) return self.options->name;
        return Registered<F, CallType>::entry().name;
    }
    static TaskLimits limits(const Block& block) noexcept {
        const auto& options = Place::get(const_cast<Block&>(block)).options;
        return options != nullptr ? limits_of(*options) : TaskLimits{};
    }
    static Outcome<Value>& outcome_of(Block& block) noexcept { return Place::get(block).outcome; }

    static void destroy(Block& block) noexcept {
        if constexpr (Place::fits && std::is_trivially_destructible_v<Value> &&
                      std::is_trivially_destructible_v<Source>) {
            const Task& self = Place::get(block);
            const bool has_nothing_but_value = self.outcome.index() <= 1 && self.options == nullptr;
            if (has_nothing_but_value) return;
        }
        Place::destroy(block);
    }

    static constexpr TaskType type{&run,  &write_arguments, &accept, &fail, &destroy, &function,
                                   &name, nullptr,          &limits};

    template <class... A>
    static Block& make(std::unique_ptr<KeptOptions> options, A&&... given) {
        (void)Registered<F, CallType>::is_registered;  // its use is what puts the function into the table
        if (options != nullptr) {
            require_valid<Arguments>(*options);
            if (options->speculative && options->times == nullptr) options->times = times_of_submits();
        }
        Block& block = Place::allocate();
        try {
            Place::construct(block, Source(std::in_place, std::forward<A>(given)...), Outcome<Value>{},
                             std::move(options));
        } catch (...) {
            free_block(block);
            throw;
        }
        block.type = &type;
        return block;
    }
    /// Of a task that was made and has options: done at once if an earlier run has recorded its result; else its result
    /// is recorded when it comes.
    static bool restore(Block& block) {
        Task& self = Place::get(block);
        std::string room;
        const CallKey key = key_of_call(function(block), self.options->name, room,
                                        [&](OutputArchive& archive) { archive(self.source.get()); });
        if (!key) return false;
        if (auto recorded = find_recorded(key)) {
            accept(block, {RemoteOutcome::value, this_rank(), ReceivedBytes(std::move(*recorded))});
            return true;
        }
        self.options->key = key;
        return false;
    }

private:
    void record(const Block& block) noexcept {
        const auto* const value = std::get_if<Value>(&outcome);
        if (options->key && value != nullptr && !is_cancelled(block)) record_value(options->key, *value);
    }
    static const std::shared_ptr<CallTimes>& times_of_submits() {
        static const auto times = std::make_shared<CallTimes>();
        return times;
    }
    void run_timed(Block& block) noexcept {
        if (options->times == nullptr) return run_with_options(block);
        const auto began = std::chrono::steady_clock::now();
        run_with_options(block);
        options->times->add(std::chrono::steady_clock::now() - began);
    }
    void try_once() noexcept {
        try {
            outcome.template emplace<Value>(CallType::invoke(source.get()));
        } catch (...) {
            outcome.template emplace<std::exception_ptr>(std::current_exception());
        }
    }
    void run_with_options(Block& block) noexcept {
        const TaskLimits allowed = limits_of(*options);
        if (allowed.timeout_ms != 0) arm_timeout(block, allowed);
        if constexpr (std::copy_constructible<Arguments>) {
            for (std::uint32_t left = allowed.retries; left > 0; --left) {
                try {
                    Arguments copy = source.get();
                    outcome.template emplace<Value>(CallType::invoke(copy));
                    return;
                } catch (...) {
                    if (is_cancelled(block)) break;
                    ++block.attempt;
                }
            }
        }
        try_once();
    }
};

}  // namespace scoop::detail
