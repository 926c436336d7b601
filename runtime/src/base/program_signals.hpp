// The signals that mean something to the user's program only: the root gets them, and nobody else acts on them.
//
// They are the user's own two, and those by which batch systems tell a job that its time is over or that another one
// wants its place: SIGXCPU (Grid Engine's s_cpu, LSF's CPU limit, setrlimit(2)) and SIGURG (LSF's and Slurm's own
// choice of a warning, which does nothing to a program that does not know it).
#pragma once

#include <algorithm>
#include <csignal>
#include <iterator>

namespace scoop::base {

inline constexpr int program_signals[] = {SIGUSR1, SIGUSR2, SIGXCPU, SIGURG};

[[nodiscard]] inline bool is_program_signal(int number) {
    return std::find(std::begin(program_signals), std::end(program_signals), number) != std::end(program_signals);
}

}  // namespace scoop::base
