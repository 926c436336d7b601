// Counts the calls of a function given to on_worker_start.
#pragma once

#include <atomic>
#include <scoop/scoop.hpp>

inline std::atomic<int> starts{0};
inline void note_start() { ++starts; }
