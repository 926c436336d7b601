// scoop::run: where a program becomes the root, a worker or a node of a job.
#pragma once

#include <exception>
#include <type_traits>
#include <utility>

namespace scoop {

namespace detail {

/// Type-erased `int(int, char**)`; `call` runs the user's program on the root's main thread.
struct Program {
    void* object;
    int (*call)(void* object, int argc, char** argv);
};
int run(int argc, char** argv, Program program);

/// What `call` returns, or 0 if it returns nothing.
template <class Call>
int status_of(Call call) {
    if constexpr (std::is_void_v<std::invoke_result_t<Call>>) {
        call();
        return 0;
    } else {
        return call();
    }
}

}  // namespace detail

/// Decides what this process is. Started by scoop-run it becomes the root (runs `program`), a worker or a node; the
/// latter two never return from here. Started by hand it is a job of one: everything works, in this process. Started by
/// hand with the environment variable SCOOP_WORKERS=N it is the root of a job of N workers on this machine: it starts
/// the others, which are copies of this program with the arguments of this process.
///
/// `program` is callable as `int(int, char**)`, `int()` or `void()` and runs once, on the root's main thread.
/// Returns the status to give back from main: the program's own (0 for void), or 1 after an exception left it, whose
/// type and text are then on stderr. Code before `run` executes in every process of the job. A second `run` in the root
/// is a job of one, or again of N where SCOOP_WORKERS holds; its workers join it at the first `run` they come to. Call
/// it from the main thread. With SCOOP_WORKERS it returns 2 for a bad number and 120 when the workers cannot be
/// started, with a sentence on stderr, and ends the process with 121 when they are all lost.
template <class P>
int run(int argc, char** argv, P&& program) {
    using Decayed = std::decay_t<P>;
    static_assert(std::is_invocable_v<Decayed&, int, char**> || std::is_invocable_v<Decayed&>,
                  "scoop::run: the program must be callable as int(int, char**), int() or void()");
    Decayed callable(std::forward<P>(program));
    return detail::run(argc, argv,
                       detail::Program{&callable, [](void* object, int count, char** values) -> int {
                                           auto& call = *static_cast<Decayed*>(object);
                                           (void)count, (void)values;
                                           if constexpr (std::is_invocable_v<Decayed&, int, char**>) {
                                               return detail::status_of([&] { return call(count, values); });
                                           } else {
                                               return detail::status_of([&] { return call(); });
                                           }
                                       }});
}

}  // namespace scoop
