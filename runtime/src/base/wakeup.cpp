#include "base/wakeup.hpp"

#include <sys/eventfd.h>

#include <cstdint>

#include "base/assert.hpp"

namespace scoop::base {

Wakeup::Wakeup() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) { SCOOP_ASSERT(fd_); }

void Wakeup::signal() noexcept {
    const std::uint64_t one = 1;
    // The only possible refusal is a full counter, and then the poller is awake anyway.
    [[maybe_unused]] const auto written = ::write(fd_.get(), &one, sizeof one);
}

void Wakeup::clear() noexcept {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto taken = ::read(fd_.get(), &count, sizeof count);
}

}  // namespace scoop::base
