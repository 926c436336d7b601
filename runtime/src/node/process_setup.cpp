#include "node/process_setup.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <string>
#include <utility>

#include "base/assert.hpp"
#include "protocol/control.hpp"

namespace scoop::node {

namespace {

std::atomic<int> taken_signals_fd{-1};
static_assert(std::atomic<int>::is_always_lock_free);

// A full pipe already wakes its reader, who looks at everything there is to be seen.
extern "C" void on_signal(int number, siginfo_t* info, void*) {
    const int error_number = errno;
    const TakenSignal signal{number, info->si_code == SI_KERNEL};
    [[maybe_unused]] const auto written = ::write(taken_signals_fd.load(), &signal, sizeof signal);
    errno = error_number;
}

}  // namespace

base::Result<void> prepare_descriptors() {
    for (const int fd : {control::node_read_fd, control::node_write_fd})
        if (auto done = base::set_close_on_exec(fd); !done)
            return base::failure("use descriptors 3 and 4 as the control channel", "they are not open",
                                 "SCOOP_ROLE is for scoop-run to set; unset it to run the program by hand");
    for (const int fd : {0, 1, 2}) {
        // The lowest free number is taken, and all lower ones are open already.
        if (::fcntl(fd, F_GETFD) < 0 && ::open("/dev/null", O_RDWR) != fd)
            return base::system_failure("open /dev/null");
    }
    return {};
}

void say_on_stderr(std::string_view text) {
    const std::string line = "scoop: " + std::string(text) + "\n";
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

void become_subreaper() { SCOOP_ASSERT(::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0); }

base::Result<base::UniqueFd> take_signals(std::initializer_list<int> numbers) {
    auto pipe = base::make_pipe();
    if (!pipe) return tl::unexpected(std::move(pipe.error()));
    for (const int fd : {pipe->first.get(), pipe->second.get()})
        if (auto done = base::set_nonblocking(fd); !done) return tl::unexpected(std::move(done.error()));
    taken_signals_fd.store(pipe->second.release());  // the handlers' as long as the process lives

    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &ignore, nullptr);
    struct sigaction take {};
    take.sa_sigaction = on_signal;
    take.sa_flags = SA_SIGINFO | SA_RESTART;
    ::sigfillset(&take.sa_mask);
    sigset_t taken;
    ::sigemptyset(&taken);
    for (const int number : numbers) {
        struct sigaction before {};
        if (number == SIGHUP && ::sigaction(SIGHUP, nullptr, &before) == 0 && before.sa_handler == SIG_IGN) continue;
        if (::sigaction(number, &take, nullptr) != 0) return base::system_failure("handle a signal");
        ::sigaddset(&taken, number);
    }
    if (::sigprocmask(SIG_UNBLOCK, &taken, nullptr) != 0) return base::system_failure("unblock signals");
    return std::move(pipe->first);
}

TakenSignal next_signal(int signal_fd) {
    TakenSignal signal;
    if (::read(signal_fd, &signal, sizeof signal) != sizeof signal) return {};
    return signal;
}

}  // namespace scoop::node
