// LauncherChannel: what the launcher that has started the copies passes on between them, over PMI-1 or PMIx. One
// thread.
#pragma once

#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/failure.hpp"
#include "node/pmix_client.hpp"

namespace scoop::node {

class LauncherChannel {
public:
    virtual ~LauncherChannel() = default;
    /// In rank 0, before it meets the others: what they get then.
    [[nodiscard]] virtual base::Result<void> put(const std::string& text) = 0;
    /// Waits for all copies; false: not all have come up to now. Asked again it waits on.
    [[nodiscard]] virtual base::Result<bool> meet(base::TimePoint until) = 0;
    /// What rank 0 has put, once all have met.
    [[nodiscard]] virtual base::Result<std::string> get() = 0;
    /// No more is asked, and all copies are known to be there.
    virtual void leave() = 0;
    /// This process ends. Any thread, with nobody else here. To the launcher, who ends without this has ended by
    /// accident.
    virtual void end() { leave(); }
    /// A name that the launcher has for this start; empty: none.
    [[nodiscard]] virtual std::string start() const = 0;
};

[[nodiscard]] base::Result<std::unique_ptr<LauncherChannel>> make_pmi_channel(int fd);
[[nodiscard]] std::unique_ptr<LauncherChannel> make_pmix_channel(std::unique_ptr<PmixClient> client);

}  // namespace scoop::node
