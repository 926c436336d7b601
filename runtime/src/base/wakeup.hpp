// Wakeup: an eventfd that one thread polls and any thread signals. Signalling never blocks.
#pragma once

#include "base/unique_fd.hpp"

namespace scoop::base {

class Wakeup {
public:
    Wakeup();  ///< aborts when the process has no descriptor left: nothing could be woken without one
    void signal() noexcept;
    /// Forgets all signals so far. By the polling thread.
    void clear() noexcept;
    [[nodiscard]] int fd() const { return fd_.get(); }

private:
    UniqueFd fd_;
};

}  // namespace scoop::base
