// Tells which task has overflowed its fiber's stack, instead of a bare segmentation fault.
#pragma once

#include <csignal>
#include <memory>

namespace scoop::worker {

class Compute;

/// While it lives, a fault in the guard page of the current fiber of `compute` is reported on stderr with the task's
/// name and the way out before the process dies of it. Any other fault is left to whoever handled it before. Made and
/// destroyed on the compute thread.
class StackOverflowGuard {
public:
    explicit StackOverflowGuard(Compute& compute);
    ~StackOverflowGuard();
    StackOverflowGuard(const StackOverflowGuard&) = delete;
    StackOverflowGuard& operator=(const StackOverflowGuard&) = delete;

private:
    std::unique_ptr<char[]> signal_stack_;
    struct sigaction before_ {};
    stack_t stack_before_{};
};

}  // namespace scoop::worker
