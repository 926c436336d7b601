#include "base/spinning.hpp"

#include <atomic>

namespace scoop::base {

namespace {

std::atomic<bool> spinning{false};

}  // namespace

void set_spinning(bool spins) { spinning.store(spins, std::memory_order_relaxed); }

bool is_spinning() noexcept { return spinning.load(std::memory_order_relaxed); }

}  // namespace scoop::base
