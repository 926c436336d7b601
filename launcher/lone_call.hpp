// LoneCall: a call that nothing can interrupt, in a thread that nobody has to wait for.
//
// The handle belongs to one thread. What the call uses belongs to the call, which may outlive everything else.
#pragma once

#include <signal.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/wakeup.hpp"

namespace scoop::launcher {

template <class Answer>
class LoneCall {
public:
    /// Begins `call`, which returns an Answer.
    template <class Call>
    explicit LoneCall(Call call) : state_(std::make_shared<State>()) {
        std::thread([state = state_, call = std::move(call)] {
            // Signals are for the main thread.
            sigset_t all;
            sigfillset(&all);
            ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
            auto answer = call();
            const std::lock_guard lock(state->mutex);
            state->answer = std::move(answer);
            state->changed.notify_all();
            state->done.signal();
        }).detach();
    }

    /// Readable once there is an answer.
    [[nodiscard]] int fd() const { return state_->done.fd(); }
    /// Waits if there is none yet.
    [[nodiscard]] Answer answer() const {
        std::unique_lock lock(state_->mutex);
        state_->changed.wait(lock, [this] { return state_->answer.has_value(); });
        return *state_->answer;
    }

private:
    struct State {
        base::Wakeup done;
        std::mutex mutex;
        std::condition_variable changed;
        std::optional<Answer> answer;
    };
    std::shared_ptr<State> state_;  ///< with the thread of the call; the later of the two frees it
};

}  // namespace scoop::launcher
