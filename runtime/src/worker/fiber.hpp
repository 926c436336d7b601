// Fibers: stackful coroutines on which tasks run, so that a waiting task can be set aside.
//
// A fiber belongs to the thread that first switched to it and never leaves it. Every switch keeps the C++ exception
// state of each side apart (two fibers suspended inside `catch` would swap exceptions otherwise) and tells the address
// and thread sanitizers. Stacks are mapped once, touched lazily, guarded below, and reused with the fiber. A larger one
// costs address space and no more: 20,000 suspended fibers of which each has touched one page took 8.2 KiB each with 8
// MiB, 6.2 KiB with 1 MiB (the difference are page tables), and as long to make.
//
// Built on Boost.Context's fcontext layer: boost::context::fiber adds a forced unwind when it is destroyed, and a fiber
// that is given up at the end of a job must not run the destructors of a task that is still in the middle of its work.
#pragma once

#include <cstddef>

namespace scoop::worker {

/// How large stacks are where nobody says otherwise: 8 MiB, as those of threads; 1 MiB where address space is scarce,
/// since it is limited (ulimit -v), counts as memory (vm.overcommit_memory is 2) or has 32 bits.
[[nodiscard]] std::size_t default_stack_bytes();

class Fiber {
public:
    /// Stands for the stack of the thread that first switches away from it.
    Fiber();
    /// A new stack of `stack_bytes` (rounded up to pages) on which `entry(argument)` starts at the first switch.
    /// `entry` never returns. Throws std::bad_alloc when no stack can be mapped.
    Fiber(std::size_t stack_bytes, void (*entry)(void*), void* argument);
    ~Fiber();
    Fiber(const Fiber&) = delete;
    Fiber& operator=(const Fiber&) = delete;

    /// Leaves `from`, which must be running, and goes on in `to`. Returns when somebody switches back to `from`.
    static void switch_to(Fiber& from, Fiber& to) noexcept;

    /// Whether less than a quarter of this fiber's stack is left below the caller's frame.
    [[nodiscard]] bool is_nearly_full() const noexcept { return __builtin_frame_address(0) < last_quarter_; }
    [[nodiscard]] std::size_t stack_bytes() const noexcept { return stack_bytes_; }
    /// Whether `address` lies in the guard: the stack has overflowed. Async-signal-safe.
    [[nodiscard]] bool guards(const void* address) const noexcept;

private:
    struct ExceptionState {  // layout of __cxa_eh_globals, Itanium C++ ABI section 2.2.2
        void* caught = nullptr;
        unsigned int uncaught = 0;
    };

    void arrived(void* previous_context, Fiber& previous) noexcept;

    void* context_ = nullptr;
    std::byte* mapping_ = nullptr;  // guard first; null for a thread's own stack
    std::size_t mapping_bytes_ = 0;
    const void* stack_bottom_ = nullptr;  // lowest address, for the sanitizers
    std::size_t stack_bytes_ = 0;
    const void* last_quarter_ = nullptr;  // of the stack begins here, downwards
    void (*entry_)(void*) = nullptr;
    void* argument_ = nullptr;
    ExceptionState exceptions_;
    void* fake_stack_ = nullptr;                        // address sanitizer
    [[maybe_unused]] void* sanitizer_fiber_ = nullptr;  // thread sanitizer

    friend struct FiberEntry;
};

}  // namespace scoop::worker
