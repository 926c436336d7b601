#include "worker/stack_overflow.hpp"

#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "worker/compute.hpp"

namespace scoop::worker {

namespace {

constexpr std::size_t signal_stack_bytes = 64 * 1024;
constexpr std::size_t stack_bytes_max = std::size_t{1} << 30;  // of scoop-run --stack

// One compute thread per process at a time; read in a signal handler.
Compute* watched = nullptr;
struct sigaction handler_before {};

void write_text(std::string_view text) {
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

// In the units of --stack. Async-signal-safe.
void write_size(std::size_t bytes) {
    const bool is_small = bytes < (std::size_t{1} << 20);
    std::size_t number = bytes >> (is_small ? 10 : 20);
    char text[21];
    char* first = text + sizeof text;
    *--first = is_small ? 'K' : 'M';
    do *--first = static_cast<char>('0' + number % 10);
    while ((number /= 10) != 0);
    write_text({first, static_cast<std::size_t>(text + sizeof text - first)});
}

// si_code of a signal that somebody has sent is not positive (sigaction(2)).
bool is_fault(const siginfo_t& info) { return info.si_code > 0; }

void on_fault(int, siginfo_t* info, void*) {
    if (is_fault(*info) && watched != nullptr && Compute::current() == watched &&
        watched->strand().fiber.guards(info->si_addr)) {
        const detail::Block* const task = watched->strand().running();
        write_text("scoop: the stack of a task is full");
        if (task != nullptr) {
            write_text(" (");
            write_text(task->type->name(*task));
            write_text(")");
        }
        const std::size_t bytes = watched->strand().fiber.stack_bytes();
        write_text(", which has ");
        write_size(bytes);
        write_text(": give every task a larger one with scoop-run --stack ");
        write_size(std::min(4 * bytes, stack_bytes_max));
        write_text(", or recurse less deeply\n");
    }
    // The faulting instruction runs again under the handler from before: a core dump, a sanitizer's report, … A signal
    // that was sent has no such instruction and is raised again; it comes when we return.
    ::sigaction(SIGSEGV, &handler_before, nullptr);
    if (!is_fault(*info)) ::raise(SIGSEGV);
}

}  // namespace

StackOverflowGuard::StackOverflowGuard(Compute& compute) : signal_stack_(std::make_unique<char[]>(signal_stack_bytes)) {
    stack_t stack{};
    stack.ss_sp = signal_stack_.get();
    stack.ss_size = signal_stack_bytes;
    ::sigaltstack(&stack, &stack_before_);
    struct sigaction action {};
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    ::sigemptyset(&action.sa_mask);
    ::sigaction(SIGSEGV, &action, &before_);
    handler_before = before_;
    watched = &compute;
}

StackOverflowGuard::~StackOverflowGuard() {
    watched = nullptr;
    ::sigaction(SIGSEGV, &before_, nullptr);
    ::sigaltstack(&stack_before_, nullptr);
}

}  // namespace scoop::worker
