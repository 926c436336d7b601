// SignalsBlocked: how a thread of ours is started that signals are none of the business of. Any thread.
#pragma once

#include <pthread.h>

#include <csignal>

namespace scoop::base {

/// While it exists new threads leave all signals to the program's, except SIGPIPE, which is caused by whoever writes:
/// behind `| head` the program ends by what its workers print as it does by what it prints itself.
class SignalsBlocked {
public:
    SignalsBlocked() {
        ::pthread_sigmask(SIG_BLOCK, nullptr, &before_);
        sigset_t blocked;
        sigfillset(&blocked);
        if (::sigismember(&before_, SIGPIPE) == 0) sigdelset(&blocked, SIGPIPE);
        ::pthread_sigmask(SIG_SETMASK, &blocked, nullptr);
    }
    ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

private:
    sigset_t before_{};
};

}  // namespace scoop::base
