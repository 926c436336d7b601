// SCOOP_TASK_NAME: a name for a task's function that does not depend on the compiler.
#pragma once

#include "scoop/detail/function_identity.hpp"

/// At namespace scope, before the function's first use in submit, map, …: from then on `function` is called `text` in
/// messages and between the processes of a job. For lambdas that are variables, templates and overloads, in jobs whose
/// hosts run programs built by different compilers: SCOOP_TASK_NAME("solve/double", solve<double, 3>).
#define SCOOP_TASK_NAME(text, ...) static_assert(::scoop::detail::GiveName<text, (__VA_ARGS__)>::is_done)
