// Future<R> and SharedFuture<R>: the result of a task that may not have run yet.
#pragma once

#include <chrono>
#include <concepts>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

#include "scoop/detail/runtime.hpp"
#include "scoop/detail/task.hpp"
#include "scoop/error.hpp"
#include "scoop/timeout.hpp"

namespace scoop {

template <class R>
class SharedFuture;

namespace detail {

struct FutureAccess;

/// Waits for the task of this handle, a Future or SharedFuture, then for the compute thread.
template <class Handle, class Callback>
struct CallbackWork final : Waiter, LocalWork {
    CallbackWork(Handle handle_of_task, Callback to_be_called)
        : handle(std::move(handle_of_task)), callback(std::move(to_be_called)) {
        notify = [](Waiter& self) noexcept {
            run_local(std::unique_ptr<LocalWork>(static_cast<CallbackWork*>(&self)));
        };
    }
    void run() noexcept override {
        try {
            callback(handle);
        } catch (...) {
            log_exception_of_callback();
        }
    }
    Handle handle;
    Callback callback;
};

template <class Handle, class Callback>
consteval bool check_callback() {
    constexpr bool takes_future = std::invocable<Callback&, Handle&>;
    static_assert(takes_future,
                  "scoop: the callback of on_done is called with the future that is done: give it one parameter of the "
                  "future's type, by reference, such as `auto& future`");
    return takes_future;
}

}  // namespace detail

/// The result of one submitted task (PEP 3148's Future, std::future's shape). Move-only. Dropping a future does not
/// cancel its task. Use one future from one thread at a time; different futures may be used from any threads.
template <class R>
class [[nodiscard]] Future {
public:
    Future() = default;
    Future(Future&& other) noexcept
        : block_(std::exchange(other.block_, nullptr)), read_(other.read_), has_callbacks_(other.has_callbacks_) {}
    Future& operator=(Future&& other) noexcept {
        if (this != &other) {
            reset();
            block_ = std::exchange(other.block_, nullptr);
            read_ = other.read_;
            has_callbacks_ = other.has_callbacks_;
        }
        return *this;
    }
    ~Future() { reset(); }

    /// Waits and moves the value out, or throws what the task threw: types of the std hierarchy and scoop's own as
    /// themselves, others as RemoteError when the task ran in another process; CancelledError if it was cancelled.
    /// The future is empty afterwards. In a task, waiting sets the task aside and the worker does other work.
    R get() {
        detail::finish(required());
        return take();
    }
    /// The same, but throws TimeoutError (and stays valid) when the task is not done in time.
    R get(Timeout timeout) {
        if (!wait_for(timeout)) throw TimeoutError("scoop: the task was not done in time");
        return take();
    }
    /// Waits until the task is done; does not throw what it threw.
    void wait() const { detail::finish(required()); }
    /// Waits no longer than `timeout`; whether the task is done. On the root the limit is exact; inside a task it is a
    /// lower bound. Never runs the task in place.
    [[nodiscard]] bool wait_for(Timeout timeout) const {
        return detail::wait_until(required(), detail::deadline_of(timeout));
    }
    /// Whether the task has ended, without waiting. Has no effect on the task; a false answer lets other tasks run, so
    /// a loop that asks again and again comes to an end.
    [[nodiscard]] bool done() const {
        if (detail::is_done(required())) return true;
        detail::yield();
        return detail::is_done(*block_);
    }
    /// Whether the task is being executed: it was started and has not ended. Of one that another worker has started
    /// this is known a moment (about 20 ms) later; short ones may never be seen to run there.
    [[nodiscard]] bool running() const { return detail::is_executing(required().word.load(std::memory_order_acquire)); }
    /// Whether it was cancelled: by cancel(), with the task that submitted it, or because its time was up.
    [[nodiscard]] bool cancelled() const { return detail::is_cancelled(required()); }

    /// Ends the task for this future, wherever it is: done() and cancelled() are true at once, get() throws
    /// CancelledError. If it has not started it never will; if it runs it sees stop_requested(), and what it returns is
    /// dropped. The tasks it has submitted are cancelled too. True also if it was cancelled before; false, without
    /// effect, if the task had ended otherwise.
    bool cancel() { return detail::cancel(required()) || cancelled(); }

    /// Waits; what get() would throw, or null.
    [[nodiscard]] std::exception_ptr exception() const {
        detail::finish(required());
        try {
            detail::throw_if_cancelled(*block_);
        } catch (...) {
            return std::current_exception();
        }
        return detail::exception_of<Value>(read_(*block_), *block_);
    }

    /// Calls `callback(Future<R>&)` once when the task is done, also when it was cancelled: on the compute thread of
    /// this process, in the order of these calls; if it is done already, at once and here, unless that would overtake
    /// an earlier callback. It may wait and submit. If it takes the value by get(), this future has none any more. What
    /// it throws is logged.
    template <class Callback>
    void on_done(Callback callback) {
        if constexpr (detail::check_callback<Future, Callback>()) {
            auto work = std::make_unique<detail::CallbackWork<Future, Callback>>(another(), std::move(callback));
            if (detail::add_waiter(required(), *work)) {
                (void)work.release();  // until it is notified
                has_callbacks_ = true;
            } else if (has_callbacks_) {
                detail::run_local(std::move(work));  // behind them
            } else {
                work->run();
            }
        }
    }

    /// A copyable handle to the result; this future is empty afterwards.
    [[nodiscard]] SharedFuture<R> share() {
        (void)required();
        return SharedFuture<R>(std::move(*this));
    }

    /// Whether there is a task behind this future: not before it was assigned one and not after get().
    [[nodiscard]] bool valid() const noexcept { return block_ != nullptr; }

private:
    using Value = detail::value_t<R>;
    using Reader = detail::Outcome<Value>& (*)(detail::Block&) noexcept;

    Future(detail::Block& block, Reader reader) : block_(&block), read_(reader) {}

    detail::Block& required() const {
        if (block_ == nullptr)
            throw Error("scoop: this future is empty: it was never assigned, moved from, or read already");
        return *block_;
    }
    Future another() const {
        detail::hold(required());
        return Future(*block_, read_);
    }
    R take() {
        struct Guard {
            Future& self;
            ~Guard() { self.reset(); }
        } guard{*this};
        detail::throw_if_cancelled(*block_);
        Value value = detail::take<Value>(read_(*block_), *block_);
        if constexpr (!std::is_void_v<R>) return value;
    }
    void reset() noexcept {
        if (auto* block = std::exchange(block_, nullptr)) detail::release(*block);
    }

    detail::Block* block_ = nullptr;
    Reader read_ = nullptr;
    bool has_callbacks_ = false;  ///< that were left to the compute thread

    friend struct detail::FutureAccess;
    friend class SharedFuture<R>;
};

/// A copyable handle to a result, which stays with the handles: get() gives `const R&`, again and again, from any
/// threads.
template <class R>
class [[nodiscard]] SharedFuture {
    using Value = detail::value_t<R>;

public:
    SharedFuture() = default;

    /// Waits; the value, or throws what the task threw. Valid as long as a handle lives.
    std::conditional_t<std::is_void_v<R>, void, const Value&> get() const {
        detail::finish(block());
        return read();
    }
    std::conditional_t<std::is_void_v<R>, void, const Value&> get(Timeout timeout) const {
        if (!wait_for(timeout)) throw TimeoutError("scoop: the task was not done in time");
        return read();
    }
    void wait() const { detail::finish(block()); }
    [[nodiscard]] bool wait_for(Timeout timeout) const {
        return detail::wait_until(block(), detail::deadline_of(timeout));
    }
    [[nodiscard]] bool done() const { return required().future.done(); }
    [[nodiscard]] bool running() const { return required().future.running(); }
    [[nodiscard]] bool cancelled() const { return required().future.cancelled(); }
    bool cancel() const { return required().future.cancel(); }
    [[nodiscard]] std::exception_ptr exception() const {
        detail::finish(block());
        required().read_once();
        return state_->error;
    }
    /// As Future::on_done, with a `SharedFuture<R>&`; of all handles together in the order of the calls.
    template <class Callback>
    void on_done(Callback callback) const {
        if constexpr (detail::check_callback<SharedFuture, Callback>()) {
            State& state = required();
            auto work = std::make_unique<detail::CallbackWork<SharedFuture, Callback>>(*this, std::move(callback));
            {
                const std::lock_guard lock(state.mutex);
                if (detail::add_waiter(block(), *work)) {
                    (void)work.release();  // until it is notified
                    state.future.has_callbacks_ = true;
                } else if (state.future.has_callbacks_) {
                    detail::run_local(std::move(work));  // behind them
                }
            }
            if (work != nullptr) work->run();
        }
    }
    [[nodiscard]] bool valid() const noexcept { return state_ != nullptr; }

private:
    struct State {
        explicit State(Future<R> of) : future(std::move(of)) {}
        Future<R> future;  // keeps the task's block; read once
        std::mutex mutex;
        std::optional<Value> value;
        std::exception_ptr error;

        void read_once() {
            const std::lock_guard lock(mutex);
            if (value || error) return;
            try {
                detail::throw_if_cancelled(*future.block_);
                value.emplace(detail::take<Value>(future.read_(*future.block_), *future.block_));
            } catch (...) {
                error = std::current_exception();
            }
        }
    };

    explicit SharedFuture(Future<R> future) : state_(std::make_shared<State>(std::move(future))) {}

    State& required() const {
        if (state_ == nullptr) throw Error("scoop: this shared future is empty: it was never assigned");
        return *state_;
    }
    detail::Block& block() const { return *required().future.block_; }
    std::conditional_t<std::is_void_v<R>, void, const Value&> read() const {
        state_->read_once();
        if (state_->error) std::rethrow_exception(state_->error);
        if constexpr (!std::is_void_v<R>) return *state_->value;
    }

    std::shared_ptr<State> state_;  // owned by all copies of the handle

    friend class Future<R>;
    friend struct detail::FutureAccess;
};

namespace detail {

/// What the library may do with a future and users may not.
struct FutureAccess {
    template <class R>
    static Future<R> make(Block& block, typename Future<R>::Reader reader) {
        return Future<R>(block, reader);
    }
    template <class R>
    static Block& block(const Future<R>& future) {
        return future.required();
    }
    template <class R>
    static Block& block(const SharedFuture<R>& future) {
        return future.block();
    }
    /// Of a task that is done: whether get() would throw.
    template <class R>
    static bool has_failed(const Future<R>& future) {
        return is_cancelled(future.required()) || detail::has_failed(future.read_(*future.block_));
    }
    template <class R>
    static bool has_failed(const SharedFuture<R>& future) {
        return has_failed(future.required().future) || future.state_->error != nullptr;
    }
    /// Who ran it, if another worker did.
    template <class R>
    static std::optional<std::uint32_t> executor(const Future<R>& future) {
        if (is_cancelled(future.required())) return std::nullopt;  // it may still run, and write its outcome
        const auto* answer = std::get_if<RemoteAnswer>(&future.read_(future.required()));
        return answer == nullptr ? std::nullopt : std::optional(answer->rank);
    }
};

template <class T>
struct FutureTraits {
    static constexpr bool is_future = false;
};
template <class R>
struct FutureTraits<Future<R>> {
    static constexpr bool is_future = true;
    using Result = R;
};
template <class R>
struct FutureTraits<SharedFuture<R>> : FutureTraits<Future<R>> {};

/// A Future or SharedFuture.
template <class T>
concept AnyFuture = FutureTraits<std::remove_cvref_t<T>>::is_future;

}  // namespace detail

}  // namespace scoop
