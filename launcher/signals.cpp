#include "launcher/signals.hpp"

#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cstring>
#include <string>

namespace scoop::launcher {

namespace {

constexpr int taken_signals[] = {SIGINT, SIGTERM, SIGHUP,  SIGUSR1, SIGUSR2, SIGXCPU,
                                 SIGURG, SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT};

// In a child that a library forks (libssh, for a ProxyCommand), which must be as easy to end as any other program.
void restore_signals() {
    sigset_t ours;
    sigemptyset(&ours);
    for (const int number : taken_signals) sigaddset(&ours, number);
    ::pthread_sigmask(SIG_UNBLOCK, &ours, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
}

}  // namespace

base::Result<SignalFd> SignalFd::make() {
    sigset_t wanted;
    sigemptyset(&wanted);
    for (const int number : taken_signals) {
        struct sigaction action {};
        // The kernel queues a blocked signal even if it is ignored, so an ignored one must not be among the blocked.
        if (::sigaction(number, nullptr, &action) == 0 && action.sa_handler != SIG_IGN) sigaddset(&wanted, number);
    }
    ::signal(SIGPIPE, SIG_IGN);
    if (const int error = ::pthread_sigmask(SIG_BLOCK, &wanted, nullptr); error != 0)
        return base::system_failure("block signals", error);
    if (const int error = ::pthread_atfork(nullptr, nullptr, restore_signals); error != 0)
        return base::system_failure("prepare for forks", error);
    base::UniqueFd fd(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd) return base::system_failure("read signals from a descriptor");
    return SignalFd(std::move(fd));
}

std::optional<int> SignalFd::take() {
    signalfd_siginfo info{};
    if (::read(fd_.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return std::nullopt;
    const int number = static_cast<int>(info.ssi_signo);
    // A root that uses the terminal from the background is stopped with its whole process group, setpgid(2).
    return number == SIGTTIN || number == SIGTTOU ? SIGTSTP : number;
}

bool is_end_signal(int number) { return number == SIGINT || number == SIGTERM || number == SIGHUP; }

void stop_this_process() {
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTSTP);
    ::raise(SIGTSTP);  // blocked, so it waits for the next line
    ::pthread_sigmask(SIG_UNBLOCK, &stop, nullptr);
    ::pthread_sigmask(SIG_BLOCK, &stop, nullptr);
}

std::string signal_name(int number) {
    const char* name = ::sigabbrev_np(number);
    return name != nullptr ? "SIG" + std::string(name) : "signal " + std::to_string(number);
}

}  // namespace scoop::launcher
