// PmixClient: what the launcher that started this process knows and passes on, asked over PMIx. One thread.
//
// libpmix is loaded when it is asked for the first time (base/loaded_library). It has a thread of its own while a
// client exists.
// Where its header was missing when this was built, nobody connects.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/failure.hpp"
#include "base/ids.hpp"

namespace scoop::node {

class PmixClient {
public:
    virtual ~PmixClient() = default;
    /// Failure: libpmix is not installed, or the launcher does not answer it.
    [[nodiscard]] static base::Result<std::unique_ptr<PmixClient>> connect();

    /// How many copies the launcher has started.
    [[nodiscard]] virtual base::Result<std::uint32_t> job_size() = 0;
    /// What the others get once all have met.
    [[nodiscard]] virtual base::Result<void> put(const char* key, const std::string& text) = 0;
    /// Waits for all copies; false: not all have come up to now. Asked again it waits on.
    [[nodiscard]] virtual base::Result<bool> meet(base::TimePoint until) = 0;
    /// What that rank has put under `key` before it met the others.
    [[nodiscard]] virtual base::Result<std::string> get(base::Rank rank, const char* key) = 0;
};

}  // namespace scoop::node
