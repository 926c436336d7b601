// LoopRegistry: the map loops that run in this process at the moment, so that the comm thread can split them while the
// compute thread is busy with one long element. Entered and left once per loop, not per element.
#pragma once

#include <cstddef>

#include "scoop/detail/runtime.hpp"

namespace scoop::detail {

class LoopRegistry {
public:
    /// A claimed block with the far part of the oldest loop that has something left, or null.
    [[nodiscard]] static Block* split_one();
    /// How many loops have something left to split. Those that run now are few: one for each map nested on a stack.
    [[nodiscard]] static std::size_t splittable();

private:
    friend class RunningLoop;
    static void enter(RunningLoop& loop);
    static void leave(RunningLoop& loop);
};

}  // namespace scoop::detail
