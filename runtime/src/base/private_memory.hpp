// Memory that holds a job's keys. Any thread.
#pragma once

namespace scoop::base {

/// From now on this process leaves no core file behind and no other process of the same user can look into it, with a
/// debugger or through /proc (prctl(2), PR_SET_DUMPABLE). Programs that it starts are not concerned: execve(2) undoes
/// it.
void keep_memory_private();

/// From now on core files of this process, and of those that it starts, have no memory in them (core(5),
/// coredump_filter).
void keep_memory_out_of_core_files();

}  // namespace scoop::base
